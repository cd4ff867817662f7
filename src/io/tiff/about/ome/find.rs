//! The elements of OME-XML that we read, found in one pass over the text.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use crate::error::Error;
use crate::io::tiff::about::ome::{Block, Found, NAMESPACE};

/// Goes through the text once.
pub(super) fn find(text: &str) -> Result<Found, Error> {
    let mut reader = Reader::from_str(text);
    let mut found = Found::default();
    let mut within = Within::Nothing;
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Eof => break,
            Event::Start(element) => within = found.enter(within, &element, false)?,
            Event::Empty(element) => within = found.enter(within, &element, true)?,
            Event::End(element) => within = within.leave(element.local_name().as_ref()),
            Event::Text(text) => found.text(within, &text.decode().map_err(damaged)?),
            Event::GeneralRef(name) => {
                let character = match name.resolve_char_ref().map_err(damaged)? {
                    Some(character) => Some(character.to_string()),
                    None => resolve_predefined_entity(&name.decode().map_err(damaged)?).map(str::to_owned),
                };
                found.text(within, &character.unwrap_or_default());
            }
            _ => {}
        }
    }
    if found.images == 0 || found.pixels.is_empty() {
        return Err(Error::msg("it describes no image"));
    }
    Ok(found)
}

fn damaged(error: impl std::fmt::Display) -> Error {
    Error::msg(format!("it is damaged ({error})"))
}

/// Where in the text we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Nothing,
    /// In the pixels of the first image.
    Pixels,
    /// In the identity of a block's file.
    Uuid,
    /// In an annotation of ours.
    Ours,
    /// In a note of it.
    Note,
}

impl Within {
    /// Where we are when the element `name` is over.
    fn leave(self, name: &[u8]) -> Self {
        match (self, name) {
            (Self::Pixels | Self::Uuid, b"Pixels") => Self::Nothing,
            (Self::Uuid, b"UUID") => Self::Pixels,
            (Self::Note, b"M") => Self::Ours,
            (Self::Ours | Self::Note, b"MapAnnotation") => Self::Nothing,
            _ => self,
        }
    }
}

impl Found {
    /// Takes in an element that begins, and is over at once if it is `empty`.
    fn enter(&mut self, within: Within, element: &BytesStart<'_>, empty: bool) -> Result<Within, Error> {
        let name = element.local_name();
        let name = name.as_ref();
        let inner = |then: Within| if empty { within } else { then };
        Ok(match name {
            b"OME" => {
                self.uuid = attributes(element)?.remove("UUID");
                within
            }
            b"Image" => {
                self.images += 1;
                Within::Nothing
            }
            b"Pixels" if self.images == 1 => {
                self.pixels = attributes(element)?;
                inner(Within::Pixels)
            }
            b"Channel" if matches!(within, Within::Pixels | Within::Uuid) => {
                let mut attributes = attributes(element)?;
                self.channels.push(attributes.remove("Name").unwrap_or_default());
                Within::Pixels
            }
            b"TiffData" if matches!(within, Within::Pixels | Within::Uuid) => {
                let attributes = attributes(element)?;
                self.blocks.push(Block {
                    attributes,
                    ..Block::default()
                });
                Within::Pixels
            }
            b"UUID" if within == Within::Pixels => {
                if let Some(block) = self.blocks.last_mut() {
                    block.file = attributes(element)?.remove("FileName");
                }
                inner(Within::Uuid)
            }
            b"Plane" if within == Within::Uuid => Within::Pixels,
            b"MapAnnotation" => match attributes(element)?.get("Namespace") {
                Some(namespace) if namespace == NAMESPACE => inner(Within::Ours),
                _ => Within::Nothing,
            },
            b"M" if matches!(within, Within::Ours | Within::Note) => {
                let key = attributes(element)?.remove("K").unwrap_or_default();
                self.notes.push((key, String::new()));
                if empty { Within::Ours } else { Within::Note }
            }
            _ => within,
        })
    }

    /// Takes in a piece of text: a reference to a character divides it.
    fn text(&mut self, within: Within, text: &str) {
        match within {
            Within::Uuid => {
                if let Some(block) = self.blocks.last_mut() {
                    block.uuid.get_or_insert_default().push_str(text.trim());
                }
            }
            Within::Note => {
                if let Some((_, note)) = self.notes.last_mut() {
                    note.push_str(text);
                }
            }
            _ => {}
        }
    }
}

fn attributes(element: &BytesStart<'_>) -> Result<HashMap<String, String>, Error> {
    let mut pairs = HashMap::new();
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(damaged)?;
        let name = String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned();
        pairs.insert(name, attribute.unescape_value().map_err(damaged)?.into_owned());
    }
    Ok(pairs)
}
