//! Which dataset of a file is meant.

use hdf5_metno::{Dataset, Group, IndexType, IterationOrder, LocationInfo, LocationType};

use crate::error::{Error, ErrorContext as _};
use crate::io::contents;

/// How deep groups are searched, how many links are followed, and how many datasets an error lists.
const DEPTH: usize = 6;
const VISITS: usize = 10_000;
const MOST: usize = 20;

/// The dataset `within` the file; the only one of two to five axes, if none is told.
///
/// # Errors
///
/// No such dataset; none or several, where none is told: they are listed.
pub(super) fn dataset(root: &Group, within: &str) -> Result<Dataset, Error> {
    if !within.is_empty()
        && let Ok(dataset) = root.dataset(within)
    {
        return Ok(dataset);
    }
    let mut search = Search::new(MOST);
    search.below(root, DEPTH)?;
    let is_all = search.visits > 0;
    let mut found = search.found;
    if found.len() == 1 && within.is_empty() && is_all {
        return Ok(found.remove(0));
    }
    let names: Vec<_> = sorted(&found).iter().map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    Err(Error::invalid(match (found.len(), within) {
        (_, "") if !is_all => {
            "there is too much in it to look at: name the dataset behind the file's name and a slash".to_owned()
        }
        (0, _) => "there is no dataset of two to five axes in it".to_owned(),
        (_, "") => format!("there are several datasets in it: name one of {names} behind the file's name and a slash"),
        (_, within) => format!("there is no dataset `{within}` in it, but {names}"),
    }))
}

/// What the datasets of two to five axes are called, the first of them.
///
/// # Errors
///
/// The library's.
pub(super) fn names(root: &Group) -> Result<Vec<String>, Error> {
    let mut search = Search::new(contents::MOST);
    search.below(root, DEPTH)?;
    Ok(sorted(&search.found))
}

fn sorted(found: &[Dataset]) -> Vec<String> {
    let names = found.iter().map(|dataset| dataset.name().trim_matches('/').to_owned());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// A search for datasets.
struct Search {
    most: usize,
    visits: usize,
    found: Vec<Dataset>,
    /// What has been seen: links may lead to one object on many ways, and round in circles.
    seen: Vec<LocationInfo>,
}

impl Search {
    fn new(most: usize) -> Self {
        Self {
            most,
            visits: VISITS,
            found: Vec::new(),
            seen: Vec::new(),
        }
    }

    /// Adds the datasets of two to five axes below `group`: its own first.
    fn below(&mut self, group: &Group, depth: usize) -> Result<(), Error> {
        let mut groups = Vec::new();
        for name in self.names(group)? {
            if self.found.len() >= self.most {
                return Ok(());
            }
            // A link may lead to nothing.
            let Ok(at) = group.loc_info_by_name(&name) else {
                continue;
            };
            match at.loc_type {
                LocationType::Dataset if self.is_new(&at) => {
                    let dataset = group.dataset(&name).context("its datasets")?;
                    if (2..=5).contains(&dataset.ndim()) {
                        self.found.push(dataset);
                    }
                }
                LocationType::Group if depth > 0 && self.is_new(&at) => groups.push(name),
                _ => {}
            }
        }
        for name in groups {
            self.below(&group.group(&name).context("its groups")?, depth - 1)?;
        }
        Ok(())
    }

    /// The names of the links in `group`, as far as there are visits left.
    fn names(&mut self, group: &Group) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        let each = |name: &str, _| {
            if self.visits == 0 {
                return Ok(Some(()));
            }
            self.visits -= 1;
            names.push(name.to_owned());
            Ok(None)
        };
        let stopped = group.find_link(IndexType::default(), IterationOrder::default(), each);
        stopped.context("its groups")?;
        Ok(names)
    }

    fn is_new(&mut self, at: &LocationInfo) -> bool {
        let is_it = |seen: &LocationInfo| (seen.fileno, seen.token) == (at.fileno, at.token);
        let is_new = !self.seen.iter().any(is_it);
        if is_new {
            self.seen.push(*at);
        }
        is_new
    }
}
