//! Large pages for large buffers.
#![allow(unsafe_code, reason = "the system is told of memory by its address")]

/// From this size on it is worth a call of the system; NumPy draws the same line.
const WORTH: usize = 4 << 20;
/// A large page, where pages are 4 KiB.
#[cfg(target_os = "linux")]
const PAGE: usize = 2 << 20;

/// Asks the system to back `data` with large pages, if it is large.
///
/// New memory costs a fault for each page that is touched, and so much that filling 256 MiB takes four to five times as long
/// page by page of 4 KiB as it does by those of 2 MiB. Only whole large pages within `data` are asked for: once all of it is
/// touched, it takes no more memory than without; touched here and there, it takes a large page each time. A system that has none
/// refuses, which changes nothing.
pub(super) fn advise<T>(data: &mut [T]) {
    let bytes = size_of_val(data);
    if bytes < WORTH {
        return;
    }
    #[cfg(target_os = "linux")]
    {
        let first = data.as_mut_ptr().cast::<u8>();
        let before = first.addr().next_multiple_of(PAGE) - first.addr();
        // What is large has at least one whole page behind its first boundary.
        let length = (bytes - before) / PAGE * PAGE;
        let from = first.wrapping_add(before).cast();
        // SAFETY: the range lies within a buffer that is borrowed exclusively, and this advice changes neither what is in it nor
        // how it may be used. Whether it is followed does not matter.
        let _ = unsafe { rustix::mm::madvise(from, length, rustix::mm::Advice::LinuxHugepage) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_buffer_stays() {
        for bytes in [0, 1, WORTH - 1, WORTH, WORTH + 1, 3 * WORTH + 77] {
            let mut data: Vec<u8> = (0..bytes).map(|n| n as u8).collect();
            advise(&mut data);
            assert!(data.iter().enumerate().all(|(n, byte)| *byte == n as u8), "{bytes}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn large_zeros_may_have_large_pages() {
        if !std::path::Path::new("/sys/kernel/mm/transparent_hugepage").exists() {
            return; // A system that has none.
        }
        let zeros = crate::array::allocate::zeroed::<u8>(&[64 << 20]).unwrap();
        let (from, maps) = (
            zeros.as_ptr().addr(),
            std::fs::read_to_string("/proc/self/smaps").unwrap(),
        );
        let mut within = false;
        for line in maps.lines() {
            if let Some((start, end)) = line.split_once(' ').and_then(|(range, _)| range.split_once('-')) {
                let number = |text| usize::from_str_radix(text, 16);
                within = matches!((number(start), number(end)), (Ok(start), Ok(end)) if start <= from + 8 * PAGE && from + 8 * PAGE < end);
            }
            if within && let Some(flags) = line.strip_prefix("VmFlags:") {
                assert!(flags.split(' ').any(|flag| flag == "hg"), "{flags}");
                return;
            }
        }
        panic!("the buffer is in no mapping");
    }
}
