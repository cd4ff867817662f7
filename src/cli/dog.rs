//! `headwater dog`: read, smooth at two scales, subtract, write, report.

use std::fs;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use headwater::{Checkpoint, Error, Statistics};
use indicatif::HumanBytes;

use super::args::{DogArgs, DogPlan};
use super::compute::difference_of_gaussians;
use super::image::Image;
use super::image::read::read;
use super::image::write::{Target, Written, write};
use super::progress::Progress;

/// Runs the command, until `checkpoint` says stop.
///
/// # Errors
///
/// One line each: senseless options, an INPUT that cannot be read, an OUTPUT that cannot be written, or the checkpoint's
/// reason. OUTPUT is then as it was before.
pub(super) fn run(args: &DogArgs, checkpoint: &Checkpoint) -> Result<(), Error> {
    let start = Instant::now();
    let plan = args.plan()?;
    // What can be known to fail is to fail now, not after an hour of computing.
    let target = Target::check(&plan.output)?;
    refuse_to_overwrite_input(&plan)?;
    let progress = Progress::new(plan.quiet);
    progress.phase("reading", 1);
    let image = read(&plan.input, plan.budget, checkpoint)?;
    progress.advance(1);
    target.accept(&image)?;
    let (input, voxels) = (image.describe(), image.samples.len());
    let read = start.elapsed();
    let (result, statistics) = difference_of_gaussians(image.into_array()?, &plan, checkpoint, &progress)
        .map_err(|error| error.context(format_args!("`{}`", plan.input.display())))?;
    let computed = start.elapsed();
    let written = write(&target, &Image::from_array(&result)?, checkpoint, &progress)?;
    progress.finish();
    if plan.quiet {
        return Ok(());
    }
    let figures = Figures {
        input,
        voxels,
        read,
        computing: computed - read,
        statistics,
        total: start.elapsed(),
    };
    report(&plan, &figures, &written).or_else(|error| match error.kind() {
        // The reader of the report has gone away; the result is there all the same.
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error.into()),
    })
}

fn refuse_to_overwrite_input(plan: &DogPlan) -> Result<(), Error> {
    match (fs::canonicalize(&plan.input), fs::canonicalize(&plan.output)) {
        (Ok(input), Ok(output)) if input == output => {
            let path = plan.output.display();
            Err(Error::invalid(format!(
                "OUTPUT `{path}` is INPUT: it would be overwritten"
            )))
        }
        _ => Ok(()),
    }
}

/// What is told at the end.
struct Figures {
    input: String,
    voxels: usize,
    read: Duration,
    computing: Duration,
    total: Duration,
    statistics: Statistics,
}

fn report(plan: &DogPlan, figures: &Figures, written: &Written) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let [fine, coarse] = plan.sigmas;
    let seconds = |time: Duration| time.as_secs_f64();
    writeln!(out, "read      {}: {}", plan.input.display(), figures.input)?;
    writeln!(out, "computed  Gaussian, sigma {fine} minus sigma {coarse}, f32")?;
    writeln!(
        out,
        "written   {}: {}",
        written.path.display(),
        HumanBytes(written.bytes)
    )?;
    if let Some((black, white)) = written.range {
        writeln!(out, "range     black is {black}, white is {white}")?;
    }
    writeln!(
        out,
        "time      {:.3} s: reading {:.3}, computing {:.3}, writing {:.3}",
        seconds(figures.total),
        seconds(figures.read),
        seconds(figures.computing),
        seconds(figures.total - figures.read - figures.computing)
    )?;
    let rate = figures.voxels as f64 / seconds(figures.computing).max(1e-9);
    writeln!(out, "speed     {:.1} million voxels/s", rate / 1e6)?;
    let Statistics {
        requests,
        kernels,
        kernel_time,
        ..
    } = figures.statistics;
    writeln!(
        out,
        "requests  {requests} made, {kernels} kernels, {:.3} s of kernel time",
        seconds(kernel_time)
    )?;
    match peak_resident() {
        Some(bytes) => writeln!(out, "memory    {} at the peak", HumanBytes(bytes)),
        None => Ok(()),
    }
}

/// The most memory that the process has held, where the system tells.
fn peak_resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
