//! Types that a parameter in a file can have.

use std::path::PathBuf;

use crate::array::{Axes, DType};
use crate::error::Error;
use crate::graph::SlotType;
use crate::pipeline::kind::Kind;
use crate::pipeline::value::Value;
use crate::roi::{MAX_AXES, Roi, Shape};

/// A type of slots whose values can stand in a file.
///
/// Numbers, texts, choices, lists and options of these are; a type of your own is by three lines.
///
/// # Examples
///
/// ```
/// use headwater::Error;
/// use headwater::graph::SlotType;
/// use headwater::pipeline::{Kind, Parameter, Value};
///
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// struct Degrees(f64);
///
/// impl SlotType for Degrees {
///     fn same(&self, other: &Self) -> bool {
///         self == other
///     }
/// }
///
/// impl Parameter for Degrees {
///     fn kind() -> Kind {
///         Kind::Number { least: 0.0, greatest: 360.0, above: false }
///     }
///
///     fn from_value(value: &Value) -> Result<Self, Error> {
///         f64::from_value(value).map(Self)
///     }
///
///     fn to_value(&self) -> Option<Value> {
///         self.0.to_value()
///     }
/// }
///
/// assert_eq!(Degrees::from_value(&Value::Number(90.0))?.to_value(), Some(Value::Number(90.0)));
/// # Ok::<(), Error>(())
/// ```
pub trait Parameter: SlotType {
    /// Which values there are.
    fn kind() -> Kind;

    /// The value that a file says; it is of the kind.
    ///
    /// # Errors
    ///
    /// What the kind does not tell: that the two axes `zz` are one.
    fn from_value(value: &Value) -> Result<Self, Error>;

    /// How a file says it; `None` if it cannot.
    fn to_value(&self) -> Option<Value>;
}

/// The error for a value that is not of the kind.
pub(crate) fn misfit<T: Parameter>(value: &Value) -> Error {
    Error::invalid(format!("it takes {}, not {}", T::kind(), value.told()))
}

impl Parameter for bool {
    fn kind() -> Kind {
        Kind::Boolean
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        match value {
            Value::Boolean(value) => Ok(*value),
            other => Err(misfit::<Self>(other)),
        }
    }

    fn to_value(&self) -> Option<Value> {
        Some(Value::Boolean(*self))
    }
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        impl Parameter for $type {
            fn kind() -> Kind {
                // A file's integers are those of `i64`.
                let end = |end: i128| end.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
                Kind::Integer { least: end(<$type>::MIN as i128), greatest: end(<$type>::MAX as i128) }
            }

            fn from_value(value: &Value) -> Result<Self, Error> {
                match value {
                    Value::Integer(number) => Self::try_from(*number).map_err(|_| misfit::<Self>(value)),
                    other => Err(misfit::<Self>(other)),
                }
            }

            fn to_value(&self) -> Option<Value> {
                i64::try_from(*self).ok().map(Value::Integer)
            }
        }
    )*};
}
integers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

macro_rules! floats {
    ($($type:ty)*) => {$(
        impl Parameter for $type {
            fn kind() -> Kind {
                Kind::Number { least: <$type>::MIN.into(), greatest: <$type>::MAX.into(), above: false }
            }

            fn from_value(value: &Value) -> Result<Self, Error> {
                match value {
                    Value::Number(number) => Ok(*number as $type),
                    Value::Integer(number) => Ok(*number as $type),
                    other => Err(misfit::<Self>(other)),
                }
            }

            fn to_value(&self) -> Option<Value> {
                self.is_finite().then(|| Value::Number((*self).into()))
            }
        }
    )*};
}
floats!(f32 f64);

impl Parameter for String {
    fn kind() -> Kind {
        Kind::Text
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        match value {
            Value::Text(text) => Ok(text.clone()),
            other => Err(misfit::<Self>(other)),
        }
    }

    fn to_value(&self) -> Option<Value> {
        Some(Value::Text(self.clone()))
    }
}

impl Parameter for PathBuf {
    fn kind() -> Kind {
        Kind::Path
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        String::from_value(value).map(Self::from)
    }

    fn to_value(&self) -> Option<Value> {
        self.to_str().map(|text| Value::Text(text.to_owned()))
    }
}

/// The letter of an axis.
impl Parameter for char {
    fn kind() -> Kind {
        Kind::Form("the letter of an axis", "^[a-z]$")
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        let Value::Text(text) = value else {
            return Err(misfit::<Self>(value));
        };
        match text.as_bytes() {
            [letter] if letter.is_ascii_lowercase() => Ok(char::from(*letter)),
            _ => Err(misfit::<Self>(value)),
        }
    }

    fn to_value(&self) -> Option<Value> {
        Some(Value::Text(self.to_string()))
    }
}

impl<T: Parameter> Parameter for Option<T> {
    fn kind() -> Kind {
        Kind::Optional(Box::new(T::kind()))
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        match value {
            Value::Text(text) if text == "none" => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }

    fn to_value(&self) -> Option<Value> {
        match self {
            Some(value) => value.to_value(),
            None => Some(Value::Text("none".to_owned())),
        }
    }
}

impl<T: Parameter> Parameter for Vec<T> {
    fn kind() -> Kind {
        Kind::list(T::kind())
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        match value {
            Value::List(list) => list.iter().map(T::from_value).collect(),
            other => Err(misfit::<Self>(other)),
        }
    }

    fn to_value(&self) -> Option<Value> {
        let list = self.iter().map(T::to_value);
        list.collect::<Option<_>>().map(Value::List)
    }
}

/// A list of two: the ends of a range.
impl<T: Parameter> Parameter for (T, T) {
    fn kind() -> Kind {
        Kind::List {
            of: Box::new(T::kind()),
            least: 2,
            greatest: 2,
        }
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        match value {
            Value::List(list) if list.len() == 2 => Ok((T::from_value(&list[0])?, T::from_value(&list[1])?)),
            other => Err(misfit::<Self>(other)),
        }
    }

    fn to_value(&self) -> Option<Value> {
        Some(Value::List(vec![self.0.to_value()?, self.1.to_value()?]))
    }
}

impl Parameter for Shape {
    fn kind() -> Kind {
        Kind::List {
            of: Box::new(usize::kind()),
            least: 0,
            greatest: MAX_AXES,
        }
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        Ok(Self::new(Vec::<usize>::from_value(value)?)?)
    }

    fn to_value(&self) -> Option<Value> {
        self.as_slice().to_vec().to_value()
    }
}

/// As [`Display`](std::fmt::Display) writes it.
fn text(value: impl ToString) -> Option<Value> {
    Some(Value::Text(value.to_string()))
}

impl Parameter for Roi {
    fn kind() -> Kind {
        Kind::Form("a region such as \"0..64, 10..20\"", r"^[0-9., \t()]+$")
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        Ok(String::from_value(value)?.parse::<Self>()?)
    }

    fn to_value(&self) -> Option<Value> {
        text(self)
    }
}

impl Parameter for Axes {
    fn kind() -> Kind {
        Kind::Form("the letters of axes such as \"zyx\"", r"^(?:([a-z])(?!.*\1)){0,8}$")
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        String::from_value(value)?.parse()
    }

    fn to_value(&self) -> Option<Value> {
        text(self)
    }
}

impl Parameter for DType {
    fn kind() -> Kind {
        Kind::Choice(Self::ALL.map(|dtype| dtype.name().to_owned()).to_vec())
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        String::from_value(value)?.parse()
    }

    fn to_value(&self) -> Option<Value> {
        text(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_numbers_are_those_of_their_types() {
        assert_eq!(u8::kind().check(Value::Integer(255)), Ok(Value::Integer(255)));
        let wrong = u8::kind().check(Value::Integer(256)).unwrap_err();
        assert_eq!(wrong, "it takes a whole number from 0 to 255, not 256");
        assert_eq!(u64::MAX.to_value(), None);
        assert!(f64::kind().check(Value::Number(f64::NAN)).is_err());
        assert!(f32::kind().check(Value::Number(1e39)).is_err());
    }

    #[test]
    fn axes_have_one_letter_each() {
        assert!(Axes::from_value(&Value::Text("zz".to_owned())).is_err());
        assert!(char::from_value(&Value::Text("é".to_owned())).is_err());
        assert_eq!(char::from_value(&Value::Text("z".to_owned())).unwrap(), 'z');
    }

    #[test]
    fn an_option_says_none() {
        let none = Value::Text("none".to_owned());
        assert_eq!(Option::<f64>::from_value(&none).unwrap(), None);
        assert_eq!(None::<f64>.to_value(), Some(none));
    }
}
