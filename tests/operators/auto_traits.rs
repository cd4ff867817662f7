//! What may go to other threads, and be moved: every public type of the generic operators.

use headwater::kernels;
use headwater::operators::*;

fn everywhere<T: Send + Sync + Unpin + std::fmt::Debug>() {}

#[test]
fn all_goes_everywhere() {
    everywhere::<(
        ArgMaxChannel,
        Arithmetic,
        Cast,
        Crop,
        Identity,
        MaxChannelIndicator,
        Merge,
        Pointwise,
    )>();
    everywhere::<(
        Reinterpret,
        ReorderAxes,
        SelectChannel,
        SelectChannels,
        Slices,
        SplitBlocks,
        Stack,
    )>();
    everywhere::<(ElementFn, MergeFn, MetaPatch, MetaField, MissingDataError)>();
    everywhere::<(
        ArraySource,
        AsList,
        InjectMeta,
        JoinLists,
        ListToLanes<u8>,
        MergeMeta,
        MissingSource,
    )>();
    everywhere::<(
        Precomputed,
        SelectAttribute<u8, u8>,
        SelectMeta<u8>,
        Switch,
        ValueCache<u8>,
        ZeroDefault,
    )>();
    everywhere::<(
        StackSlots,
        SlicesSlots,
        ArithmeticSlots,
        PrecomputedSlots,
        SwitchSlots,
        ValueCacheSlots<u8>,
    )>();
    everywhere::<(kernels::Arithmetic, kernels::ArithmeticOperation)>();
}
