//! `headwater run`: a pipeline from its files to its files.

mod export;
mod finished;
mod places;
mod source;

use std::path::PathBuf;

use headwater::io::{Export, ExportPlan, Saved, format_bytes};
use headwater::kernels::Table;
use headwater::pipeline::{Built, OutputKind, OutputSpec, Pipeline, save_table};
use headwater::{Array, Error};
use serde_json::json;

use super::options::{Computing, Pair, Writing, pair};
use super::place::Place;
use super::report::Report;
use super::session::Session;
use super::signal::Signal;
use super::work;
use places::Said;

pub(super) use source::PipelineOptions;

/// Run a pipeline: read its inputs, compute, and write its outputs.
///
/// Files are where the pipeline says, relative to its own folder. It goes block by block, so images may be larger than
/// memory. Nothing is replaced, unless the pipeline or --replace says so, and no file is there before it is whole.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pipeline: PipelineOptions,

    /// Write an output to another file, relative to the current folder
    #[arg(long, value_name = "NAME=PATH", value_parser = pair)]
    output: Vec<Pair>,

    /// Write outputs into DIR, which is made, rather than into the folder of the pipeline
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    computing: Computing,
}

/// A pipeline that is ready to run.
struct Job<'a> {
    args: &'a RunArgs,
    session: &'a Session,
    built: Built,
    /// Of each output.
    places: Vec<Place>,
    /// Of each output that is an image.
    plans: Vec<Option<ExportPlan>>,
    work: String,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever is wrong with the pipeline, its inputs or its outputs; the error names the file and the place in it.
pub(super) fn run(args: &RunArgs, signal: &Signal) -> Result<(), Error> {
    let session = Session::begin(&args.computing, args.writing.replace, signal)?;
    let pipeline = args.pipeline.read()?;
    for warning in pipeline.warnings() {
        session.warn(&warning.to_string());
    }
    if pipeline.outputs().is_empty() {
        session.warn(&format!("{}: no outputs, so nothing is computed", pipeline.file()));
    }
    session.check_timeline(&args.pipeline.files(&pipeline))?;
    let built = args.pipeline.build(&pipeline, &session.graph(), session.limit())?;
    let mut report = Report::default();
    report.put("pipeline", pipeline.file());
    inputs(args, &built, &mut report)?;
    let job = Job::new(args, &session, built)?;
    if args.writing.dry_run {
        job.plan(&mut report);
    } else {
        job.run(&mut report)?;
    }
    drop(job);
    session.end(report)
}

fn inputs(args: &RunArgs, built: &Built, report: &mut Report) -> Result<(), Error> {
    let pipeline = built.pipeline();
    for input in pipeline.inputs() {
        let meta = built.output::<Array>(&input.name)?.meta()?;
        report.read(Some(&input.name), &args.pipeline.path_of(pipeline, input), &meta);
    }
    Ok(())
}

impl<'a> Job<'a> {
    fn new(args: &'a RunArgs, session: &'a Session, built: Built) -> Result<Self, Error> {
        let said = Said {
            output: &args.output,
            out_dir: args.out_dir.as_ref(),
            replace: args.writing.replace,
        };
        let places = places::of(built.pipeline(), said)?;
        let work = match args.writing.resume {
            true => work_of(args, &built)?,
            // Nobody asks, and a store may take its time.
            false => String::new(),
        };
        let mut job = Self {
            args,
            session,
            built,
            places,
            plans: Vec::new(),
            work,
        };
        job.plans = job.each(|output, place| match output.kind {
            OutputKind::Image => job.export(output, place)?.plan(&place.location).map(Some),
            _ => Ok(None),
        })?;
        Ok(job)
    }

    /// Does `f` for each output; an error gets the place of the output in the pipeline.
    fn each<T>(&self, f: impl Fn(&OutputSpec, &Place) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        let outputs = self.built.outputs().iter().zip(&self.places);
        let done = outputs
            .map(|(output, place)| f(output, place).map_err(|error| placed(self.built.pipeline(), output, error)));
        done.collect()
    }

    fn export(&self, output: &OutputSpec, place: &Place) -> Result<Export, Error> {
        let slot = self.built.image(&output.name)?;
        let export = export::of(&slot, output, place, self.session)?;
        Ok(match self.args.writing.resume {
            true => export.resume(&*self.work),
            false => export,
        })
    }

    /// Reports what would be done.
    fn plan(&self, report: &mut Report) {
        let outputs = self.built.outputs().iter().zip(&self.places);
        for ((output, place), plan) in outputs.zip(&self.plans) {
            match plan {
                Some(plan) => report.planned(Some(&output.name), &place.location, plan),
                None => {
                    let location = &place.location;
                    report.line("plan", &format!("{}: {location}, a table", output.name));
                    report.push("outputs", json!({ "name": output.name, "path": location }));
                }
            }
        }
        report.bound(self.session.bound(self.plans.iter().flatten()));
    }

    fn run(&self, report: &mut Report) -> Result<(), Error> {
        let read = self.args.pipeline.files(self.built.pipeline());
        places::make(self.args.out_dir.as_ref())?;
        self.each(|_, place| match self.is_done(place) {
            true => Ok(()),
            false => self.session.check(place, &read),
        })?;
        for (nth, output) in self.built.outputs().iter().enumerate() {
            let done = self.write(nth, output, report);
            done.map_err(|error| placed(self.built.pipeline(), output, error))?;
        }
        self.places.iter().for_each(finished::clear);
        Ok(())
    }

    /// Whether an earlier run has made it.
    fn is_done(&self, place: &Place) -> bool {
        self.args.writing.resume && finished::is_done(place, &self.work)
    }

    fn write(&self, nth: usize, output: &OutputSpec, report: &mut Report) -> Result<(), Error> {
        let (place, name) = (&self.places[nth], &output.name);
        if self.is_done(place) {
            report.line("kept", &format!("{name}: {}", place.location));
            report.push("outputs", json!({ "name": name, "path": place.location, "kept": true }));
            return Ok(());
        }
        match &self.plans[nth] {
            Some(plan) => {
                let export = self.export(output, place)?;
                let written = self.session.write(name, export, &place.location, plan.meta.clone())?;
                report.written(Some(name), &written);
            }
            None => {
                let (table, saved) = self.write_table(output, place)?;
                tabled(report, output, &table, &saved);
            }
        }
        match self.args.writing.resume {
            true => finished::set(place, &self.work),
            false => Ok(()),
        }
    }

    fn write_table(&self, output: &OutputSpec, place: &Place) -> Result<(Table, Saved), Error> {
        let table = self.session.value(&self.built.table(&output.name)?.get())?;
        let saved = save_table(&table, &place.location, place.replace)?;
        Ok((table, saved))
    }
}

/// The error with the place of the output in the pipeline.
fn placed(pipeline: &Pipeline, output: &OutputSpec, error: Error) -> Error {
    let (file, name) = (pipeline.file(), &output.name);
    // Of its path, which no node has: one may have the same name.
    match pipeline.place(name, Some("path")) {
        Some(place) => error.context(format!("{file}:{}:{}: output `{name}`", place.line, place.column)),
        None => error.context(format!("{file}: output `{name}`")),
    }
}

/// A table that has been written.
fn tabled(report: &mut Report, output: &OutputSpec, table: &Table, saved: &Saved) {
    let (name, path) = (&output.name, saved.path.display().to_string());
    let (rows, columns) = (table.len(), table.columns().len());
    let bytes = format_bytes(saved.bytes);
    report.line(
        "written",
        &format!("{name}: {path}, {rows} rows, {columns} columns, {bytes}"),
    );
    report.line("found", &format!("{rows} objects ({path})"));
    report.push(
        "outputs",
        json!({ "name": name, "path": path, "rows": rows, "columns": columns, "bytes": saved.bytes }),
    );
}

/// What decides about all pixels: the pipeline as it is run, and what it reads.
fn work_of(args: &RunArgs, built: &Built) -> Result<String, Error> {
    let files = args.pipeline.named(built.pipeline());
    let files: Vec<_> = files.iter().map(|file| work::of_file(file)).collect::<Result<_, _>>()?;
    Ok(work::of_all([built.to_pipeline()?.to_toml()].into_iter().chain(files)))
}
