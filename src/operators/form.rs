//! What a kernel wants to know of an array before it is there.

use crate::graph::Meta;
use crate::kernels::Form;

/// The form of what is described.
pub(crate) fn form(meta: &Meta) -> Form {
    Form {
        axes: meta.axes(),
        shape: meta.shape(),
        dtype: meta.dtype(),
    }
}
