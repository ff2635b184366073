//! `cleansheet screen photos`: every photo of a folder, covered copies into another, and a report.
//!
//! One bad file never stops the rest. A photo that could not be looked at is refused, never taken for clean.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Instant,
};

use cleansheet_terms::Digest;
use rustix::fs::OFlags;

use super::{
    Cover, Fit, LARGEST_BYTES, PhotoError, PhotoFace, PhotoScreener, Screened, findings, kind,
    report::{Milliseconds, PhotoReport, Report, Status},
    walk::{Photos, photos_in},
};

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Run {
    /// A photo, or a folder that is read with all its folders; links are not followed.
    pub input: PathBuf,
    /// Where the copies go; made when it is not there. What lies in it is not read.
    pub out: PathBuf,
    /// Where the report goes.
    pub report: PathBuf,
    /// What happens to faces in the copies.
    pub faces: Faces,
    /// How many photos at once.
    pub jobs: usize,
}

/// What happens to faces in the copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Faces {
    /// Every one is covered for good.
    Cover,
    /// They stay, and each is a finding.
    Keep,
}

/// Why a run could not begin, or could not end with a report.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The photo or the folder of photos.
    #[error("`{}` cannot be read: {why}", .path.display())]
    Input {
        /// What was asked for.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        why: io::Error,
    },
    /// The folder for the copies, or the report.
    #[error("`{}` cannot be written: {why}", .path.display())]
    Output {
        /// What was asked for.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        why: io::Error,
    },
    /// Copies among the originals would be screened as photos the next time.
    #[error("the copies cannot go into the folder of the photos; choose another with --out")]
    SamePlace,
}

/// Screens every photo and writes the report.
///
/// - `screener`: or why there is none; then every photo is refused with that sentence.
/// - `stop`: set it to end early; photos not begun are refused as such, and the report is written all the same.
/// - `each`: told of every photo when it is done: how many are, of how many.
pub fn run(
    run: &Run,
    screener: Result<&PhotoScreener, &PhotoError>,
    stop: &AtomicBool,
    each: &mut dyn FnMut(usize, usize, &PhotoReport),
) -> Result<Report, FolderError> {
    let begun = Instant::now();
    let input =
        fs::canonicalize(&run.input).map_err(|why| FolderError::Input { path: run.input.clone(), why })?;
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |why| FolderError::Output { path, why }
    };
    fs::create_dir_all(&run.out).map_err(unwritable(&run.out))?;
    let out = fs::canonicalize(&run.out).map_err(unwritable(&run.out))?;
    if out == input {
        return Err(FolderError::SamePlace);
    }
    // Begun before the first photo, so that nobody waits an hour to hear that the report cannot be written.
    let part = run.report.with_added_extension("part");
    let report_file = File::create(&part).map_err(unwritable(&run.report))?;
    let photos =
        photos_in(&input, &out).map_err(|why| FolderError::Input { path: run.input.clone(), why })?;

    let mut reports = all(run, &out, &photos, screener, stop, each);
    reports.extend(photos.unreadable.iter().map(|folder| {
        PhotoReport::unreadable(folder, "the folder cannot be read; look at its permissions".to_owned())
    }));
    let report = Report::of(reports, photos.passed_over, begun.elapsed());
    write(&report, report_file)
        .and_then(|()| fs::rename(&part, &run.report))
        .map_err(unwritable(&run.report))?;
    Ok(report)
}

/// Screens with as many threads as asked; the reports are in the photos' order.
fn all(
    run: &Run,
    out: &Path,
    photos: &Photos,
    screener: Result<&PhotoScreener, &PhotoError>,
    stop: &AtomicBool,
    each: &mut dyn FnMut(usize, usize, &PhotoReport),
) -> Vec<PhotoReport> {
    let (next, total) = (AtomicUsize::new(0), photos.found.len());
    let (done, coming) = mpsc::channel();
    let mut reports = Vec::with_capacity(total);
    thread::scope(|scope| {
        for _ in 0..run.jobs.clamp(1, total.max(1)) {
            let (done, next) = (done.clone(), &next);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(photo) = photos.found.get(number) else { return };
                    let name = photos.name(photo);
                    let report = match screener {
                        Err(error) => PhotoReport::unreadable(&name, error.to_string()),
                        Ok(_) if stop.load(Ordering::Relaxed) => PhotoReport::unreadable(
                            &name,
                            "the run was ended before its turn; run it again".to_owned(),
                        ),
                        Ok(screener) => one(run, out, photo, &name, number, screener),
                    };
                    if done.send((number, report)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        for (number, report) in coming {
            reports.push((number, report));
            if let Some((_, report)) = reports.last() {
                each(reports.len(), total, report);
            }
        }
    });
    reports.sort_by_key(|(number, _)| *number);
    reports.into_iter().map(|(_, report)| report).collect()
}

/// Screens one photo and writes its copy.
fn one(
    run: &Run,
    out: &Path,
    photo: &Path,
    name: &str,
    number: usize,
    screener: &PhotoScreener,
) -> PhotoReport {
    let bytes = match read(photo) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return PhotoReport::refused(name, kind::too_many_bytes().to_string()),
        Err(error) => return PhotoReport::unreadable(name, format!("the file cannot be read: {error}")),
    };
    let screened = match screen(run.faces, &bytes, screener) {
        Ok(screened) => screened,
        Err(PhotoError::Refused(reason)) => return PhotoReport::refused(name, reason),
        Err(error) => return PhotoReport::unreadable(name, error.to_string()),
    };
    let looked = &screened.looked;
    let mut report = PhotoReport::refused(name, String::new());
    report.width = Some(looked.width);
    report.height = Some(looked.height);
    report.faces = looked.faces.iter().map(Into::into).collect();
    report.nudity = Some((looked.nudity * 1e4).round() / 1e4);
    report.ms = Milliseconds::of(&screened.took);
    report.findings = findings::findings(looked, number);
    if run.faces == Faces::Keep {
        report.findings.extend(looked.faces.iter().map(|face| findings::open_face(face, number)));
    }
    let Some(copy) = &screened.rendered else { return report };
    // A new name: the old one may be a child's. The number keeps the order and two copies of one picture apart.
    let digest = Digest::of(&copy.jpeg).to_string();
    let rendition = format!("{:04}-{}.jpg", number + 1, digest.get(..16).unwrap_or(&digest));
    if let Err(error) = keep(&out.join(&rendition), &copy.jpeg) {
        return PhotoReport::unreadable(name, format!("the copy cannot be written: {error}"));
    }
    report.status = Status::Accepted;
    report.reason = None;
    report.rendition = Some(rendition);
    report
}

/// Looks and renders; a worker that stopped gets one more try, because another photo may have ended it.
fn screen(faces: Faces, bytes: &[u8], screener: &PhotoScreener) -> Result<Screened, PhotoError> {
    let once = || {
        screener.screen(bytes, |looked| {
            let covers = match faces {
                Faces::Cover => looked.faces.iter().map(around).collect(),
                Faces::Keep => Vec::new(),
            };
            // An explicit picture gets its copy too: the score is wrong now and then, and the finding says what it is.
            Some((covers, Fit { side_px: u32::MAX, bytes: usize::MAX, shape: None }))
        })
    };
    once().or_else(|error| if matches!(error, PhotoError::Worker(_)) { once() } else { Err(error) })
}

fn around(face: &PhotoFace) -> Cover {
    Cover { x: face.x, y: face.y, w: face.w, h: face.h }
}

/// The bytes of a file; `None` when there are too many.
///
/// A link that came in the place of the file since it was listed is not followed, and nothing is waited for.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= LARGEST_BYTES).then_some(bytes))
}

/// Written apart and moved into place: whoever looks finds all of a copy or nothing.
fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_added_extension("part");
    fs::write(&part, bytes).and_then(|()| fs::rename(&part, path)).inspect_err(|_| {
        let _ = fs::remove_file(&part);
    })
}

fn write(report: &Report, file: File) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    serde_json::to_writer_pretty(&mut file, report)?;
    file.write_all(b"\n")?;
    file.flush()
}
