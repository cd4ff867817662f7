//! A processor that is tried again, which takes time, though it does not await itself.

use crate::error::Error;
use crate::flow::async_processor::AsyncProcessor;
use crate::flow::context::NodeContext;
use crate::flow::emitter::Emitter;
use crate::flow::processor::Processor;

pub(crate) struct Immediate<P>(pub(crate) P);

impl<P: Processor> AsyncProcessor for Immediate<P> {
    type Input = P::Input;
    type Output = P::Output;

    async fn open(&mut self, context: &NodeContext) -> Result<(), Error> {
        self.0.open(context)
    }

    async fn process(&mut self, input: P::Input, output: &mut Emitter<'_, P::Output>) -> Result<(), Error> {
        self.0.process(input, output)
    }

    async fn flush(&mut self, output: &mut Emitter<'_, P::Output>) -> Result<(), Error> {
        self.0.flush(output)
    }

    async fn close(&mut self) -> Result<(), Error> {
        self.0.close()
    }
}
