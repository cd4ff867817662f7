//! Which part of an image has been written.

use crate::error::Error;
use crate::roi::{RegionSet, Roi};
use crate::sync::Mutex;

/// Places of an image that have been written. They count once, however often and in whatever blocks they are.
#[derive(Debug)]
pub(crate) struct Covered {
    whole: Roi,
    parts: Mutex<RegionSet>,
}

impl Covered {
    /// Nothing of `whole` yet.
    pub(crate) fn new(whole: Roi) -> Self {
        let parts = Mutex::default();
        Self { whole, parts }
    }

    /// `roi` is written anew: until that has gone well, nobody knows what is there.
    ///
    /// # Errors
    ///
    /// A region of other axes.
    pub(crate) fn remove(&self, roi: &Roi) -> Result<(), Error> {
        Ok(self.parts.lock().subtract(roi)?)
    }

    /// `roi` has been written.
    ///
    /// # Errors
    ///
    /// A region of other axes.
    pub(crate) fn add(&self, roi: &Roi) -> Result<(), Error> {
        Ok(self.parts.lock().add(roi)?)
    }

    /// Whether all has been written.
    pub(crate) fn is_whole(&self) -> bool {
        self.whole.is_empty() || self.parts.lock().contains(&self.whole)
    }

    /// That all has been written.
    ///
    /// # Errors
    ///
    /// That it has not: how much is missing.
    pub(crate) fn check_whole(&self) -> Result<(), Error> {
        if self.is_whole() {
            return Ok(());
        }
        let written = self.parts.lock().intersection(&self.whole).volume()?;
        let all = self.whole.volume()?;
        Err(Error::msg(format!(
            "{} of its {all} samples have not been written",
            all - written
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roi;

    #[test]
    fn what_is_written_twice_does_not_stand_for_what_is_missing() {
        let covered = Covered::new(roi![0..4, 0..6]);
        for part in [roi![0..2, 0..6], roi![0..2, 0..6], roi![1..3, 2..6]] {
            covered.add(&part).unwrap();
        }
        let error = covered.check_whole().unwrap_err().report();
        assert_eq!(error, "8 of its 24 samples have not been written");
        covered.add(&roi![2..4, 0..6]).unwrap();
        assert!(covered.is_whole());
        covered.remove(&roi![1..2, 0..6]).unwrap();
        assert!(covered.check_whole().unwrap_err().report().starts_with("6 of"));
        covered.add(&roi![1..2, 0..6]).unwrap();
        covered.check_whole().unwrap();
        Covered::new(roi![0..0, 0..6]).check_whole().unwrap();
    }
}
