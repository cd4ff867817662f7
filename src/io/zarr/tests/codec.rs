use proptest::prelude::*;

use super::*;
use crate::io::zarr::codec::blosc::Shuffle;

fn all() -> Vec<(Codecs, &'static str)> {
    let of = |compressor: Option<Compressor>, inner: usize, outer: usize| {
        let mut codecs = Codecs::default();
        (0..inner).for_each(|_| codecs.sum());
        if let Some(compressor) = compressor {
            codecs.compress(compressor).unwrap();
            (0..outer).for_each(|_| codecs.sum());
        }
        codecs
    };
    let zstd = Some(Compressor::Zstd {
        level: 1,
        checksum: true,
    });
    let mut all = vec![
        (of(None, 0, 0), "none"),
        (of(None, 1, 0), "sum"),
        (of(zstd, 0, 0), "zstd"),
        (of(zstd, 1, 1), "zstd between sums"),
        (of(Some(Compressor::Gzip { level: 4 }), 0, 1), "gzip"),
        (of(Some(Compressor::Zlib { level: 4 }), 0, 0), "zlib"),
    ];
    for name in ["lz4", "zstd"] {
        for shuffle in [Shuffle::No, Shuffle::Byte] {
            let blosc = Blosc::new(name, 5, shuffle, 2).unwrap();
            all.push((of(Some(Compressor::Blosc(blosc)), 0, 0), name));
        }
    }
    all
}

fn samples(length: usize) -> Vec<u8> {
    (0..length as u32)
        .flat_map(|n| ((n.wrapping_mul(n) / 7) as u16 % 999).to_le_bytes())
        .take(length)
        .collect()
}

fn decode(codecs: &Codecs, encoded: &[u8], length: usize) -> Result<Vec<u8>, Error> {
    let mut out = vec![7; length];
    codecs.decode(encoded, &mut out, &mut Contexts::default(), &Checkpoint::never())?;
    Ok(out)
}

fn encode(codecs: &Codecs, raw: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::new();
    codecs
        .encode(raw, &mut encoded, &mut Contexts::default(), &Checkpoint::never())
        .unwrap();
    encoded
}

#[test]
fn what_is_encoded_is_decoded() {
    for (codecs, name) in all() {
        for length in [0, 2, 1000, 300_000, 1_200_000] {
            let raw = samples(length);
            let encoded = encode(&codecs, &raw);
            assert!(encoded.len() as u64 <= codecs.longest(length as u64), "{name} {length}");
            assert!(decode(&codecs, &encoded, length).unwrap() == raw, "{name} {length}");
        }
    }
}

#[test]
fn what_is_cut_short_or_of_another_length_is_an_error() {
    for (codecs, name) in all() {
        let raw = samples(5000);
        let encoded = encode(&codecs, &raw);
        for end in 0..encoded.len() {
            assert!(decode(&codecs, &encoded[..end], 5000).is_err(), "{name} {end}");
        }
        for length in [0, 4998, 5002, 2_000_000] {
            assert!(decode(&codecs, &encoded, length).is_err(), "{name} {length}");
        }
    }
}

#[test]
fn two_compressions_are_refused() {
    let mut codecs = Codecs::default();
    codecs.compress(Compressor::Gzip { level: 1 }).unwrap();
    assert!(codecs.compress(Compressor::Gzip { level: 1 }).is_err());
}

#[test]
fn blocks_of_blosc_may_lie_in_any_order() {
    let blosc = Blosc::new("lz4", 5, Shuffle::Byte, 2).unwrap();
    let mut codecs = Codecs::default();
    codecs.compress(Compressor::Blosc(blosc)).unwrap();
    let raw = samples(1_000_000);
    let encoded = encode(&codecs, &raw);
    assert!(encoded.len() < raw.len() * 9 / 10, "{}", encoded.len());
    let number = |at: usize| u32::from_le_bytes(*encoded[at..].first_chunk().unwrap()) as usize;
    let blocks = raw.len().div_ceil(number(8));
    assert!(blocks > 2, "{blocks}");
    let ends: Vec<_> = (1..blocks).map(|n| number(16 + 4 * n)).chain([encoded.len()]).collect();
    let mut turned = encoded[..16 + 4 * blocks].to_vec();
    for n in (0..blocks).rev() {
        let at = (turned.len() as u32).to_le_bytes();
        turned[16 + 4 * n..][..4].copy_from_slice(&at);
        turned.extend(&encoded[number(16 + 4 * n)..ends[n]]);
    }
    assert!(decode(&codecs, &turned, raw.len()).unwrap() == raw);
}

#[test]
fn all_compressors_of_blosc_are_decoded() {
    let mut codecs = Codecs::default();
    codecs
        .compress(Compressor::Blosc(Blosc::new("lz4", 5, Shuffle::No, 2).unwrap()))
        .unwrap();
    let raw = [samples(100_000), vec![3; 200_000]].concat();
    for code in [
        blusc::BLOSC_BLOSCLZ,
        blusc::BLOSC_LZ4HC,
        blusc::BLOSC_SNAPPY,
        blusc::BLOSC_ZLIB,
        blusc::BLOSC_ZSTD,
    ] {
        for filter in [blusc::BLOSC_NOSHUFFLE, blusc::BLOSC_SHUFFLE, blusc::BLOSC_BITSHUFFLE] {
            let mut options = blusc::BLOSC2_CPARAMS_DEFAULTS;
            (options.compcode, options.clevel, options.typesize, options.filters[5]) = (code, 5, 2, filter);
            let mut encoded = vec![0; raw.len() * 2];
            let context = blusc::blosc2_create_cctx(options);
            let length = blusc::blosc1_compress_ctx(&context, &raw, &mut encoded);
            encoded.truncate(length as usize);
            assert!(decode(&codecs, &encoded, raw.len()).unwrap() == raw, "{code} {filter}");
        }
    }
}

#[test]
fn decoding_can_be_stopped() {
    struct Now;
    impl crate::checkpoint::Interrupt for Now {
        fn interrupted(&self) -> Option<Error> {
            Some(Error::msg("stop"))
        }
    }
    let stop = Checkpoint::new(crate::sync::Arc::new(Now));
    for (codecs, name) in all() {
        let encoded = encode(&codecs, &samples(1_200_000));
        let mut out = vec![0; 1_200_000];
        let error = codecs
            .decode(&encoded, &mut out, &mut Contexts::default(), &stop)
            .unwrap_err();
        assert_eq!(error.report(), "stop", "{name}");
    }
}

proptest! {
    #[test]
    fn damaged_data_never_panic(which in 0_usize..10, at in any::<prop::sample::Index>(), flip in 1_u8..=255) {
        let (codecs, _) = all()[which];
        let mut encoded = encode(&codecs, &samples(5000));
        let at = at.index(encoded.len());
        encoded[at] ^= flip;
        let _ = decode(&codecs, &encoded, 5000);
    }

    #[test]
    fn noise_never_panics(which in 0_usize..10, noise in prop::collection::vec(any::<u8>(), 0..200)) {
        let (codecs, _) = all()[which];
        let _ = decode(&codecs, &noise, 5000);
    }
}
