//! temporary stand-in
use crate::error::Error;
use std::fmt;
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Shape {
    rank: u8,
    dims: [u64; 8],
}
impl Shape {
    pub fn new<T: TryInto<u64> + Copy>(dims: &[T]) -> Result<Self, Error> {
        let mut d = [0u64; 8];
        if dims.len() > 8 {
            return Err(Error::invalid("too many axes"));
        }
        for (i, v) in dims.iter().enumerate() {
            d[i] = (*v).try_into().map_err(|_| Error::invalid("bad"))?;
        }
        Ok(Self {
            rank: dims.len() as u8,
            dims: d,
        })
    }
    pub fn rank(&self) -> usize {
        self.rank as usize
    }
    pub fn dims(&self) -> &[u64] {
        &self.dims[..self.rank()]
    }
}
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.dims())
    }
}
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Roi {
    rank: u8,
    start: [i64; 8],
    stop: [i64; 8],
}
impl Roi {
    pub fn scalar() -> Self {
        Self {
            rank: 0,
            start: [0; 8],
            stop: [0; 8],
        }
    }
    pub fn full(s: Shape) -> Self {
        let mut r = Self::scalar();
        r.rank = s.rank;
        for i in 0..s.rank() {
            r.stop[i] = s.dims[i] as i64;
        }
        r
    }
    pub fn from_ranges(rs: &[std::ops::Range<i64>]) -> Result<Self, Error> {
        let mut r = Self::scalar();
        r.rank = rs.len() as u8;
        for (i, x) in rs.iter().enumerate() {
            if x.end < x.start {
                return Err(Error::invalid("reversed"));
            }
            r.start[i] = x.start;
            r.stop[i] = x.end;
        }
        Ok(r)
    }
    #[inline]
    pub fn rank(&self) -> usize {
        self.rank as usize
    }
    #[inline]
    pub fn start(&self) -> &[i64] {
        &self.start[..self.rank()]
    }
    #[inline]
    pub fn stop(&self) -> &[i64] {
        &self.stop[..self.rank()]
    }
    pub fn shape(&self) -> Shape {
        let mut d = [0; 8];
        for i in 0..self.rank() {
            d[i] = (self.stop[i] - self.start[i]) as u64;
        }
        Shape {
            rank: self.rank,
            dims: d,
        }
    }
    pub fn volume(&self) -> u64 {
        self.shape().dims().iter().product()
    }
    #[inline]
    pub fn is_empty(&self) -> bool {
        (0..self.rank()).any(|i| self.start[i] >= self.stop[i])
    }
    #[inline]
    pub fn intersects(&self, o: &Self) -> bool {
        self.rank == o.rank && (0..self.rank()).all(|i| self.start[i].max(o.start[i]) < self.stop[i].min(o.stop[i]))
    }
    pub fn intersection(&self, o: &Self) -> Option<Self> {
        if !self.intersects(o) {
            return None;
        }
        let mut r = *self;
        for i in 0..self.rank() {
            r.start[i] = r.start[i].max(o.start[i]);
            r.stop[i] = r.stop[i].min(o.stop[i]);
        }
        Some(r)
    }
    #[inline]
    pub fn contains(&self, o: &Self) -> bool {
        self.rank == o.rank && (0..self.rank()).all(|i| self.start[i] <= o.start[i] && o.stop[i] <= self.stop[i])
    }
    pub fn bounding_union(&self, o: &Self) -> Self {
        let mut r = *self;
        for i in 0..self.rank() {
            r.start[i] = r.start[i].min(o.start[i]);
            r.stop[i] = r.stop[i].max(o.stop[i]);
        }
        r
    }
    pub fn grown(&self, halo: &[u64], within: &Self) -> Option<Self> {
        let mut r = *self;
        for i in 0..self.rank() {
            r.start[i] = (r.start[i] - halo[i] as i64).max(within.start[i]);
            r.stop[i] = (r.stop[i] + halo[i] as i64).min(within.stop[i]);
        }
        Some(r)
    }
}
impl fmt::Display for Roi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for i in 0..self.rank() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}..{}", self.start[i], self.stop[i])?;
        }
        Ok(())
    }
}
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegionSet(Vec<Roi>);
impl RegionSet {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn add(&mut self, r: Roi) {
        self.0.push(r);
    }
    pub fn iter(&self) -> std::slice::Iter<'_, Roi> {
        self.0.iter()
    }
    pub fn intersects(&self, r: &Roi) -> bool {
        self.0.iter().any(|x| x.intersects(r))
    }
}
#[macro_export]
macro_rules! roi { ($($r:expr),* $(,)?) => { $crate::roi::Roi::from_ranges(&[$(($r.start as i64)..($r.end as i64)),*]).unwrap() }; }
