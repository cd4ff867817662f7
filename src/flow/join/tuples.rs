//! Joins of one to six outputs.

use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;
use std::panic::Location;

use super::assembler::Assembler;
use super::builder::Join;
use super::by_key::ByKey;
use super::erased::Erased;
use super::joining::Kind;
use super::options::{JoinOptions, TimeOptions};
use super::reader::{JoinInput, edge};
use crate::flow::builder::FlowBuilder;
use crate::flow::edge::{Routing, number_of};
use crate::flow::envelope::Item;
use crate::flow::node::{Node, Output};
use crate::sync::Arc;

/// Outputs that can be [joined](FlowBuilder::join): a tuple of one to six references to nodes. Sealed.
pub trait JoinInputs: sealed::Sealed {
    /// An item of each.
    type Items: Item;

    /// Begins the join.
    #[doc(hidden)]
    fn join(self, flow: &FlowBuilder, name: String, place: &'static Location<'static>) -> Join<Self::Items>;
}

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals it")]
    pub trait Sealed {}
}

/// What a key is found by, of an item whose type is not known.
type KeyOf<K> = Arc<dyn Fn(&Erased) -> K + Send + Sync>;

/// Finds the key of what comes in at each input.
fn keyed<K: Clone + Debug + Eq + Hash + Send + 'static>(keys: Vec<KeyOf<K>>) -> Kind {
    Kind::Key(Box::new(move |inputs, policy| {
        let keys = keys.clone();
        let join = ByKey::new(inputs, policy, move |input, item: &Erased| keys[input](item));
        Box::new(join) as Box<dyn Assembler<Erased>>
    }))
}

macro_rules! joins {
    ($($T:ident $J:ident $key:ident $nth:tt),+) => {
        impl<'a, $($J, $T: Item),+> sealed::Sealed for ($(&'a Node<$J, $T>,)+) {}

        impl<'a, $($J, $T: Item),+> JoinInputs for ($(&'a Node<$J, $T>,)+) {
            type Items = ($($T,)+);

            fn join(self, flow: &FlowBuilder, name: String, place: &'static Location<'static>) -> Join<Self::Items> {
                let shared = flow.shared().clone();
                let inputs = vec![$(JoinInput::new(&shared, self.$nth)),+];
                Join {
                    gates: inputs.len(),
                    shared,
                    name,
                    place,
                    inputs,
                    options: JoinOptions::default(),
                    time: TimeOptions::default(),
                    replicas: None,
                    depth: None,
                    overflow: None,
                    failure: None,
                    make: Arc::new(|group| ($(group.item::<$T>($nth),)+)),
                    _items: PhantomData,
                }
            }
        }

        impl<$($T: Item),+> Join<($($T,)+), ($($T,)+)> {
            /// Joins items that have a key in common, which a function for each input says; keys are compared as values. Of
            /// several items with one key at one input, the first is paired with the first of the others.
            ///
            /// What comes out has the trace of the item of the first input.
            ///
            /// # Panics
            ///
            /// A function that panics has failed its item: see [`on_failure`](Self::on_failure). With several replicas, the flow
            /// fails in any case.
            pub fn by_key<K>(
                mut self,
                keys: ($(impl Fn(&$T) -> K + Send + Sync + 'static,)+),
            ) -> Output<($($T,)+)>
            where
                K: Clone + Debug + Eq + Hash + Send + 'static,
            {
                let mut all: Vec<KeyOf<K>> = Vec::new();
                $(
                    let $key = Arc::new(keys.$nth);
                    let of = Arc::clone(&$key);
                    all.push(Arc::new(move |item| of(item.look::<$T>())));
                    self.inputs[$nth].edge = edge::<$T>(Routing::Keyed(Arc::new(move |item| number_of(&$key(item)))));
                )+
                self.add(keyed(all))
            }

            /// In a join by time, how many of its items make a group. When its other inputs can give nothing more for it, or
            /// when it has waited for the timeout, it goes out without them; with fewer, [`missing`](Self::missing) decides.
            pub fn quorum(mut self, quorum: usize) -> Join<($($T,)+), ($(Option<$T>,)+)> {
                self.time.quorum = Some(quorum);
                self.making(|_| Arc::new(|group| ($(group.item_if_any::<$T>($nth),)+)))
            }
        }
    };
}

joins!(A IA key_of_a 0);
joins!(A IA key_of_a 0, B IB key_of_b 1);
joins!(A IA key_of_a 0, B IB key_of_b 1, C IC key_of_c 2);
joins!(A IA key_of_a 0, B IB key_of_b 1, C IC key_of_c 2, D ID key_of_d 3);
joins!(A IA key_of_a 0, B IB key_of_b 1, C IC key_of_c 2, D ID key_of_d 3, E IE key_of_e 4);
joins!(A IA key_of_a 0, B IB key_of_b 1, C IC key_of_c 2, D ID key_of_d 3, E IE key_of_e 4, F IF key_of_f 5);
