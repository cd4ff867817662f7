//! What may be asked of the program, and whether it makes sense.

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use headwater::Error;

use super::image::Budget;

/// What stands in for INPUT: an image that the package carries.
const SAMPLE: &str = "examples/data/nuclei_2d.tif";
/// More threads than this are a typing mistake.
const MOST_THREADS: usize = 1024;

/// Lazy, demand-driven image processing.
#[derive(Debug, Parser)]
#[command(name = "headwater", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The verbs of the program.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Dog(DogArgs),
}

/// Difference of Gaussians: smooth an image at two scales, subtract the coarse one from the fine one.
#[derive(Debug, clap::Args)]
pub(crate) struct DogArgs {
    /// TIFF, PNG or JPEG; 8- or 16-bit (TIFF also 32-bit float), grey or colour. The pages of a TIFF are its z axis.
    /// Without it: a sample image of the package.
    pub(crate) input: Option<PathBuf>,

    /// .tif or .tiff: 32-bit float; .png: 2-D only, from the least value as black to the greatest as white.
    /// Without it: INPUT's name with `_dog.tif` (for the sample image `_dog.png`), beside INPUT.
    pub(crate) output: Option<PathBuf>,

    /// The standard deviation of a Gaussian in pixels: give it twice, fine and coarse [default: 1.0 and 3.0]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub(crate) sigma: Vec<f64>,

    /// Threads to compute with; 0 computes on the main thread [default: one for each core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,

    /// No progress bar and no report
    #[arg(long, short)]
    pub(crate) quiet: bool,

    /// The most memory that INPUT may take, for example 500M or 2G [default: half of the memory]
    #[arg(long, value_name = "BYTES", allow_negative_numbers = true, value_parser = byte_count)]
    pub(crate) max_bytes: Option<u64>,
}

/// Arguments of `dog` that make sense.
#[derive(Clone, Debug)]
pub(crate) struct DogPlan {
    pub(crate) input: PathBuf,
    pub(crate) output: PathBuf,
    /// In the order given: the second is subtracted from the first.
    pub(crate) sigmas: [f64; 2],
    /// `None`: the runtime's default.
    pub(crate) threads: Option<usize>,
    pub(crate) quiet: bool,
    pub(crate) budget: Budget,
}

impl DogArgs {
    /// Fills in the defaults and checks the values.
    ///
    /// # Errors
    ///
    /// `--sigma` not given exactly twice (or not at all), not a number above zero, or twice the same; `--threads` beyond
    /// reason. The message names the option.
    pub(crate) fn plan(&self) -> Result<DogPlan, Error> {
        let sigmas = match self.sigma[..] {
            [] => [1.0, 3.0],
            [fine, coarse] => [fine, coarse],
            _ => {
                let n = self.sigma.len();
                return Err(Error::invalid(format!(
                    "--sigma is needed twice (fine and coarse), not {n} times"
                )));
            }
        };
        check_sigmas(sigmas)?;
        if let Some(n) = self.threads.filter(|&n| n > MOST_THREADS) {
            return Err(Error::invalid(format!("--threads {n}: at most {MOST_THREADS}")));
        }
        let (input, ending) = match &self.input {
            Some(input) => (input.clone(), "_dog.tif"),
            None => (sample(), "_dog.png"),
        };
        Ok(DogPlan {
            output: self.output.clone().unwrap_or_else(|| beside(&input, ending)),
            input,
            sigmas,
            threads: self.threads,
            quiet: self.quiet,
            budget: self.max_bytes.map_or_else(Budget::half_of_memory, Budget::new),
        })
    }
}

fn check_sigmas(sigmas: [f64; 2]) -> Result<(), Error> {
    for sigma in sigmas {
        if !(sigma.is_finite() && sigma > 0.0) {
            return Err(Error::invalid(format!(
                "--sigma {sigma}: it must be a finite number above 0"
            )));
        }
    }
    if sigmas[0] == sigmas[1] {
        let same = sigmas[0];
        return Err(Error::invalid(format!(
            "--sigma {same} twice: the difference would be zero everywhere"
        )));
    }
    Ok(())
}

/// The sample image: under the working folder if that is the package's, for a short path in the report.
fn sample() -> PathBuf {
    let here = PathBuf::from(SAMPLE);
    if here.is_file() {
        here
    } else {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(SAMPLE)
    }
}

fn beside(input: &Path, ending: &str) -> PathBuf {
    let mut name = input.file_stem().unwrap_or_default().to_owned();
    name.push(ending);
    input.with_file_name(name)
}

/// A number of bytes, with K, M, G or T for the powers of 1024.
fn byte_count(text: &str) -> Result<u64, String> {
    let complaint = || "a whole number of bytes above 0, or one that ends in K, M, G or T".to_owned();
    let (digits, shift) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (&text[..at], 10),
        Some((at, 'm' | 'M')) => (&text[..at], 20),
        Some((at, 'g' | 'G')) => (&text[..at], 30),
        Some((at, 't' | 'T')) => (&text[..at], 40),
        _ => (text, 0),
    };
    let number: u64 = digits.parse().map_err(|_| complaint())?;
    number.checked_mul(1 << shift).filter(|&n| n > 0).ok_or_else(complaint)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn plan(line: &str) -> Result<DogPlan, String> {
        let words = ["headwater", "dog"].into_iter().chain(line.split_whitespace());
        let args = Args::try_parse_from(words).map_err(|e| e.to_string())?;
        let Command::Dog(dog) = args.command;
        dog.plan().map_err(|e| e.report())
    }

    #[test]
    fn clap_finds_no_contradiction_in_the_definitions() {
        Args::command().debug_assert();
    }

    #[test]
    fn without_arguments_the_sample_becomes_a_png_beside_it() {
        let plan = plan("").unwrap();
        assert!(plan.input.is_file());
        assert_eq!(plan.output, plan.input.with_file_name("nuclei_2d_dog.png"));
        assert_eq!((plan.sigmas, plan.threads, plan.quiet), ([1.0, 3.0], None, false));
    }

    #[test]
    fn an_input_alone_becomes_a_tiff_beside_it() {
        assert_eq!(plan("a/b.c.png").unwrap().output, Path::new("a/b.c_dog.tif"));
    }

    #[test]
    fn all_options_arrive() {
        let plan = plan("in.tif out.png --sigma 2.5 --sigma 0.5 --threads 0 -q --max-bytes 3M").unwrap();
        assert_eq!(
            (&*plan.input, &*plan.output),
            (Path::new("in.tif"), Path::new("out.png"))
        );
        assert_eq!((plan.sigmas, plan.threads, plan.quiet), ([2.5, 0.5], Some(0), true));
        assert_eq!(plan.budget.limit(), 3 << 20);
    }

    #[test]
    fn senseless_values_are_refused_by_the_option_s_name() {
        for line in [
            "--sigma 1",
            "--sigma 1 --sigma 2 --sigma 3",
            "--sigma 0 --sigma 1",
            "--sigma 1 --sigma -1",
            "--sigma nan --sigma 1",
            "--sigma 1 --sigma inf",
            "--sigma 2 --sigma 2",
        ] {
            assert!(plan(line).unwrap_err().starts_with("--sigma "), "{line}");
        }
        assert!(plan("--threads 1000000").unwrap_err().starts_with("--threads 1000000"));
        for line in [
            "--max-bytes 0",
            "--max-bytes 1X",
            "--max-bytes -1",
            "--max-bytes 99999999T",
            "--max-bytes é",
        ] {
            assert!(plan(line).unwrap_err().contains("--max-bytes"), "{line}");
        }
    }
}
