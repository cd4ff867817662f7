//! The token of a console.

use std::fmt;
use std::hint::black_box;

use crate::error::Error;

/// What a client has to know. It is never printed.
pub(super) struct Secret(Box<[u8]>);

impl Secret {
    /// Bytes of the shortest token: less can be guessed over a network.
    const SHORTEST: usize = 16;

    /// A token that can be sent as the rest of a line.
    pub(super) fn new(token: &str) -> Result<Self, Error> {
        if token.len() < Self::SHORTEST {
            let (least, length) = (Self::SHORTEST, token.len());
            return Err(Error::invalid(format!(
                "a console's token has at least {least} bytes, not {length}"
            )));
        }
        if token.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(Error::invalid(
                "a console's token has no blanks and no control characters",
            ));
        }
        Ok(Self(token.as_bytes().into()))
    }

    /// Whether it is `given`, in a time that depends on the length of `given` alone.
    pub(super) fn is(&self, given: &[u8]) -> bool {
        let own = self.0.iter().cycle();
        let differences = given.iter().zip(own).fold(0, |all, (a, b)| black_box(all | (a ^ b)));
        black_box(differences == 0) & (given.len() == self.0.len())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_is_the_token() {
        let token = "0123456789abcdef";
        let secret = Secret::new(token).unwrap();
        assert!(secret.is(token.as_bytes()));
        for other in [
            "",
            "0123456789abcde",
            "0123456789abcdef0",
            "0123456789abcdeF",
            "1123456789abcdef",
        ] {
            assert!(!secret.is(other.as_bytes()), "{other}");
        }
        assert!(!secret.is(token.repeat(2).as_bytes()));
        assert!(!format!("{secret:?}").contains("0123"));
    }
}
