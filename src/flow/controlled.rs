//! Nodes with a second input.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use crate::error::Error;
use crate::flow::context::NodeContext;
use crate::flow::edge::{Parcel, Receiver, Source, Taken};
use crate::flow::emitter::Emitter;
use crate::flow::envelope::Item;
use crate::flow::processor::{Controlled, Processor};

/// What comes in by either input.
#[derive(Clone, Debug)]
pub(crate) enum Signal<T, C> {
    Item(T),
    Control(C),
}

/// A processor with both inputs as one that takes either.
#[derive(Clone)]
pub(crate) struct ControlledProcessor<P>(pub(crate) P);

impl<P: Controlled> Processor for ControlledProcessor<P> {
    type Input = Signal<P::Input, P::Control>;
    type Output = P::Output;

    fn open(&mut self, context: &NodeContext) -> Result<(), Error> {
        self.0.open(context)
    }

    fn process(&mut self, input: Self::Input, output: &mut Emitter<'_, P::Output>) -> Result<(), Error> {
        match input {
            Signal::Item(item) => self.0.process(item, output),
            Signal::Control(control) => self.0.control(control, output),
        }
    }

    fn flush(&mut self, output: &mut Emitter<'_, P::Output>) -> Result<(), Error> {
        self.0.flush(output)
    }

    fn close(&mut self) -> Result<(), Error> {
        self.0.close()
    }
}

/// The two inputs as one, which ends when the main one ends.
pub(crate) struct WithControl<T, C> {
    main: Receiver<T>,
    /// Gone when it has ended.
    control: Option<Receiver<C>>,
    items: VecDeque<Parcel<T>>,
    controls: VecDeque<Parcel<C>>,
}

impl<T: Item, C: Item> WithControl<T, C> {
    pub(crate) fn new(main: Receiver<T>, control: Option<Receiver<C>>) -> Self {
        let (items, controls) = (VecDeque::new(), VecDeque::new());
        Self {
            main,
            control,
            items,
            controls,
        }
    }
}

impl<T: Item, C: Item> Source<Signal<T, C>> for WithControl<T, C> {
    /// Controls come first.
    fn poll_take(
        &mut self,
        into: &mut VecDeque<Parcel<Signal<T, C>>>,
        most: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Taken> {
        if let Some(control) = &mut self.control {
            match control.poll_take(&mut self.controls, usize::MAX, cx) {
                Poll::Ready(Taken::Items) => {
                    into.extend(self.controls.drain(..).map(|mut parcel| {
                        parcel.number = None;
                        parcel.map(Signal::Control)
                    }));
                    return Poll::Ready(Taken::Items);
                }
                Poll::Ready(_) => self.control = None,
                Poll::Pending => {}
            }
        }
        let poll = self.main.poll_take(&mut self.items, most, cx);
        into.extend(self.items.drain(..).map(|parcel| parcel.map(Signal::Item)));
        poll
    }
}
