//! The adapter between stencils and the graph: one for all filters.

use std::ops::Deref;

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, Meta, Operator, Output, Setup, SlotType};
use crate::kernels::{Form, Stencil, pooled};
use crate::operators::buffers::buffers;
use crate::operators::estimate::{block, with_bytes};
use crate::operators::form::form;
use crate::roi::Roi;

/// An operator that is a [`Stencil`] kernel, with parameters of the kernel as slots.
///
/// What has this has [`Operator`]: `setup` describes the result, `dirty` grows what changed by the halo of the kernel and no
/// further, `execute` asks for a region with its halo and runs the kernel on it in the compute pool, admitted by what the
/// kernel says that it needs. All filters of the library are made so; yours can be too.
///
/// | slot | | what |
/// |---|---|---|
/// | `input` | input | the image |
/// | *the parameters* | inputs | what [`parameters`](Self::parameters) declares |
/// | `output` | output | what the kernel makes of it |
///
/// # Examples
///
/// A kernel of one's own in the graph, here one that is in the library already:
///
/// ```
/// use headwater::graph::{Declare, Graph, Input};
/// use headwater::kernels::{Form, Gaussian};
/// use headwater::operators::{Filter, Values};
/// use headwater::{Array, Error, roi};
///
/// struct Soften;
///
/// impl Filter for Soften {
///     type Kernel = Gaussian;
///     type Parameters = Input<f64>;
///
///     fn parameters(&self, declare: &mut Declare<'_>) -> Input<f64> {
///         declare.default("softness", 1.0)
///     }
///
///     fn kernel(&self, softness: &Input<f64>, values: &mut Values<'_, '_>, _: &Form) -> Result<Gaussian, Error> {
///         Ok(Gaussian::new(values.get(softness)? * 0.5))
///     }
/// }
///
/// let graph = Graph::new();
/// let soften = graph.add(Soften);
/// graph.edit(|e| e.set(&soften.input, Array::full("yx", &[64, 64], 7_u8)?))?;
/// let part = soften.output.request(roi![10..20, 10..20]).wait()?;
/// assert!((part.view::<f32>()?[[5, 5]] - 7.0).abs() < 1e-5);
/// # Ok::<(), Error>(())
/// ```
pub trait Filter: Send + Sync + 'static {
    /// What computes.
    type Kernel: Stencil;
    /// The handles of the parameters; they can be reached through those of the operator.
    type Parameters: Send + Sync + 'static;

    /// Declares the parameters.
    fn parameters(&self, declare: &mut Declare<'_>) -> Self::Parameters;

    /// The kernel for parameters as they are, and for an input of that form.
    ///
    /// # Errors
    ///
    /// If a parameter is not ready or makes no sense. What the kernel itself refuses need not be looked for.
    fn kernel(
        &self,
        parameters: &Self::Parameters,
        values: &mut Values<'_, '_>,
        input: &Form,
    ) -> Result<Self::Kernel, Error>;

    /// Adds what is known of the result beyond its form: a range of values, names of channels.
    fn describe(&self, kernel: &Self::Kernel, input: &Meta, result: Meta) -> Meta {
        let _ = (kernel, input);
        result
    }
}

/// The slots of a [`Filter`]; its parameters are fields as well.
#[derive(Debug)]
pub struct FilterSlots<P> {
    /// The image.
    pub input: Input<Array>,
    /// What the filter makes of it.
    pub output: Output<Array>,
    parameters: P,
}

impl<P> Deref for FilterSlots<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.parameters
    }
}

/// The values of parameters, whoever asks: a setup, a question of what is dirty, or an execution.
#[derive(Debug)]
pub struct Values<'a, 'b>(Asker<'a, 'b>);

#[derive(Debug)]
enum Asker<'a, 'b> {
    Setup(&'a mut Setup<'b>),
    Dirty(&'a Dirty<'b>),
    Execute(&'a Execute),
}

impl Values<'_, '_> {
    /// The value of a parameter.
    ///
    /// # Errors
    ///
    /// If the slot is not ready, or an operator computes its value only when it is asked.
    pub fn get<T: SlotType>(&mut self, parameter: &Input<T>) -> Result<T, Error> {
        match &mut self.0 {
            Asker::Setup(cx) => cx.value(parameter),
            Asker::Dirty(cx) => cx.value(parameter),
            Asker::Execute(cx) => cx.value(parameter),
        }
    }
}

impl<F: Filter> Operator for F {
    type Slots = FilterSlots<F::Parameters>;

    fn slots(&self, declare: &mut Declare<'_>) -> Self::Slots {
        FilterSlots {
            input: declare.input("input"),
            parameters: self.parameters(declare),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &Self::Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let input = cx.meta(&slots.input)?;
        let form = form(&input);
        let kernel = self.kernel(slots, &mut Values(Asker::Setup(cx)), &form)?;
        let result = described(&kernel, &input, &form)?;
        cx.describe(&slots.output, self.describe(&kernel, &input, result))
    }

    fn dirty(&self, slots: &Self::Slots, cx: &mut Dirty<'_>) {
        if cx.others_changed(&[&slots.input]) {
            return cx.mark_all(&slots.output);
        }
        // Whatever does not let itself be asked is an error of the setup, which has changed everything.
        let dirt = self.affected(slots, cx).unwrap_or_else(|_| Dirt::everything());
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &Self::Slots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let form = form(cx.meta(&slots.input)?);
        let kernel = self.kernel(slots, &mut Values(Asker::Execute(cx)), &form)?;
        let part = kernel.needed(&form, &roi)?;
        let roi = kernel.within(&form, &roi, &part)?;
        let shape = part.shape();
        let bytes = kernel.bytes(&Form { shape, ..form }, &roi, cx.runtime().compute_threads())?;
        let (result, buffers) = (Meta::clone(cx.output_meta(&slots.output)?), buffers(cx.runtime()));
        let input = cx.request(&slots.input, part).await?;
        let kernel = cx.compute_within(bytes, move |checkpoint| {
            let mut out = pooled(
                &buffers,
                result.axes(),
                roi.shape().as_slice(),
                result.dtype(),
                checkpoint,
            )?;
            kernel.write_region(&input, &roi, &mut out, checkpoint)?;
            Ok(out)
        });
        Ok(kernel.await?.into())
    }
}

/// What the filters do that is not part of an operator.
trait Affected: Filter {
    /// What of the output changes with what changed of the input.
    fn affected(&self, slots: &FilterSlots<Self::Parameters>, cx: &Dirty<'_>) -> Result<Dirt, Error> {
        let input = cx.meta(&slots.input)?;
        let form = form(input);
        let kernel = self.kernel(slots, &mut Values(Asker::Dirty(cx)), &form)?;
        let regions = cx.of(&slots.input).regions(input.roi()).into_iter();
        let parts: Result<Vec<_>, Error> = regions.map(|roi| kernel.affected_parts(&form, &roi)).collect();
        Ok(parts?.into_iter().flatten().collect())
    }
}

impl<F: Filter> Affected for F {}

/// The description of what `kernel` makes of `input`.
fn described(kernel: &impl Stencil, input: &Meta, form: &Form) -> Result<Meta, Error> {
    let result = kernel.result(form)?;
    let mut meta = input.clone().with_dtype(result.dtype).without_range();
    if result.axes != form.axes {
        meta = meta.with_axes(result.axes, result.shape)?;
    } else if result.shape != form.shape {
        meta = meta.with_shape(result.shape)?;
    }
    if result.shape != form.shape || result.axes != form.axes {
        meta = meta.with_channel_names::<&str>([]);
    }
    let block = block(&meta)?;
    let part = kernel.needed(form, &block)?;
    let roi = kernel.within(form, &block, &part)?;
    let shape = part.shape();
    let own = kernel.bytes(&Form { shape, ..*form }, &roi, 1)?;
    with_bytes(meta, &block, own, &[(input, part)])
}
