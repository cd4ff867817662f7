//! Conversion of one element into another type, for every pair of types.

/// Makes an element from one of any type; a supertrait of [`Element`](crate::array::Element), which states the rules.
#[expect(unnameable_types, reason = "the machinery of `Element::cast`")]
pub trait Convert {
    fn from_u8(value: u8) -> Self;
    fn from_u16(value: u16) -> Self;
    fn from_u32(value: u32) -> Self;
    fn from_u64(value: u64) -> Self;
    fn from_i8(value: i8) -> Self;
    fn from_i16(value: i16) -> Self;
    fn from_i32(value: i32) -> Self;
    fn from_i64(value: i64) -> Self;
    fn from_f32(value: f32) -> Self;
    fn from_f64(value: f64) -> Self;
    fn from_bool(value: bool) -> Self;
}

/// The methods called `$name`, all with the same body.
macro_rules! methods {
    ([$($name:ident $from:ty),*] $value:ident => $body:expr) => {$(
        #[inline(always)]
        fn $name($value: $from) -> Self {
            $body
        }
    )*};
}

/// The methods that take an integer.
macro_rules! from_integers {
    ($value:ident => $body:expr) => {
        methods!([
            from_u8 u8, from_u16 u16, from_u32 u32, from_u64 u64, from_i8 i8, from_i16 i16, from_i32 i32, from_i64 i64
        ] $value => $body);
    };
}

/// The methods that take a floating-point number.
macro_rules! from_floats {
    ($value:ident => $body:expr) => {
        methods!([from_f32 f32, from_f64 f64] $value => $body);
    };
}

macro_rules! into_integer {
    ($($type:ty)*) => {$(
        impl Convert for $type {
            // All limits fit an `i128`, which optimised code never makes.
            from_integers!(value => (value as i128).clamp(Self::MIN as i128, Self::MAX as i128) as Self);
            // `as` saturates, and makes 0 of NaN.
            from_floats!(value => value.round_ties_even() as Self);
            methods!([from_bool bool] value => value as Self);
        }
    )*};
}

macro_rules! into_float {
    ($($type:ty)*) => {$(
        impl Convert for $type {
            from_integers!(value => value as Self);
            from_floats!(value => value as Self);
            methods!([from_bool bool] value => u8::from(value).into());
        }
    )*};
}

into_integer!(u8 u16 u32 u64 i8 i16 i32 i64);
into_float!(f32 f64);

impl Convert for bool {
    from_integers!(value => value != 0);
    from_floats!(value => value != 0.0);
    methods!([from_bool bool] value => value);
}
