//! Tuples that grow by what is collected.

use crate::flow::envelope::Item;

/// What a join makes, to which a further field can be added: a tuple of up to eight. Sealed.
pub trait JoinOutput<C>: sealed::Sealed {
    /// The same with a further field.
    type With: Item;

    /// Adds it.
    fn with(self, last: C) -> Self::With;
}

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals it")]
    pub trait Sealed {}
}

macro_rules! outputs {
    ($($T:ident)+) => {
        impl<$($T),+> sealed::Sealed for ($($T,)+) {}

        impl<$($T: Item,)+ Last: Item> JoinOutput<Last> for ($($T,)+) {
            type With = ($($T,)+ Last,);

            fn with(self, last: Last) -> Self::With {
                #[allow(non_snake_case, reason = "a field is called like its type")]
                let ($($T,)+) = self;
                ($($T,)+ last,)
            }
        }
    };
}

outputs!(A);
outputs!(A B);
outputs!(A B C);
outputs!(A B C D);
outputs!(A B C D E);
outputs!(A B C D E F);
outputs!(A B C D E F G);
outputs!(A B C D E F G H);
