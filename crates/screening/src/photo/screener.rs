//! The parent's side: starts the children, keeps their time, believes nothing they say.

use std::{
    ffi::OsStr,
    io::{self, Write},
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{
    Cover, Fit, Looked, PREVIEW_SIDE, PhotoError, PhotoFace, Rendered, Settings, accept, boxes::MOST_FACES,
    decode::Unreadable, picture::Picture,
};
use crate::worker::{DECODE, GENTLY, MODELS, UNPROTECTED, wire};

/// How long a decode child may take for one step, waiting included; its own limit on processor time is shorter.
const STEP: Duration = Duration::from_secs(30);

/// How long the model worker may take to load, and for one picture.
const LOOK: Duration = Duration::from_secs(120);

/// A sentence from the model worker is cut here.
const LONGEST_SENTENCE: usize = 2000;

/// Looks at photos and renders them. Share one: it holds the model worker, which looks at one picture at a time.
#[derive(Debug)]
pub struct PhotoScreener {
    settings: Settings,
    models: Arc<Mutex<Option<Worker>>>,
    /// The model worker could not be started when it was tried last.
    blind: Arc<AtomicBool>,
    turns: Turns,
}

/// What [`PhotoScreener::screen`] found and made.
#[derive(Debug, Clone, PartialEq)]
pub struct Screened {
    /// What was seen.
    pub looked: Looked,
    /// The copy, when one was asked for.
    pub rendered: Option<Rendered>,
    /// Where the time went.
    pub took: Took,
}

/// Where the time went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Took {
    /// Starting the child, decoding, turning upright, scaling for the models.
    pub decode: Duration,
    /// Finding faces and scoring, waiting for the model worker included.
    pub detect: Duration,
    /// Covering, scaling, encoding.
    pub render: Duration,
}

impl PhotoScreener {
    /// Starts the model worker; an error says in one sentence which model is missing.
    pub fn start(settings: Settings) -> Result<Self, PhotoError> {
        let worker = Worker::models(&settings)?;
        let screener = Self::without_models(settings);
        *screener.models.lock().unwrap_or_else(PoisonError::into_inner) = Some(worker);
        Ok(screener)
    }

    /// Starts the model worker on a thread of its own; whoever asks meanwhile waits for it.
    ///
    /// - `told`: called with the sentence when it cannot be started. It is tried again for every photo.
    pub fn start_aside(settings: Settings, told: impl FnOnce(PhotoError) + Send + 'static) -> Self {
        let screener = Self::without_models(settings.clone());
        let (models, blind) = (Arc::clone(&screener.models), Arc::clone(&screener.blind));
        thread::spawn(move || {
            let mut held = models.lock().unwrap_or_else(PoisonError::into_inner);
            if held.is_none() {
                match Worker::models(&settings) {
                    Ok(worker) => *held = Some(worker),
                    Err(error) => {
                        blind.store(true, Ordering::SeqCst);
                        told(error);
                    }
                }
            }
        });
        screener
    }

    fn without_models(settings: Settings) -> Self {
        let turns = Turns::of(settings.at_once);
        Self { settings, models: Arc::default(), blind: Arc::default(), turns }
    }

    /// Whether photos cannot be looked at, because a model is missing or the worker cannot be started.
    pub fn is_blind(&self) -> bool {
        self.blind.load(Ordering::SeqCst)
    }

    /// Whether Landlock keeps the children from every file as well; seccomp always does.
    pub fn has_landlock(&self) -> bool {
        self.models
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .is_some_and(|worker| worker.landlock)
    }

    /// Finds faces and scores the picture. Blocks.
    pub fn look(&self, photo: &[u8]) -> Result<Looked, PhotoError> {
        Ok(self.screen(photo, |_| None)?.looked)
    }

    /// Makes a copy that can be published: covered, upright, fitted, with nothing in it but the picture. Blocks.
    pub fn render(&self, photo: &[u8], covers: &[Cover], fit: Fit) -> Result<Rendered, PhotoError> {
        let mut decoder = self.decoder(photo)?;
        let rendered = decoder.step(STEP, |pipes| render(pipes, covers, fit));
        decoder.outcome(rendered)
    }

    /// Looks, lets the caller decide what to cover, and makes the copy from the same pixels: one decoding for both. Blocks.
    pub fn screen(
        &self,
        photo: &[u8],
        decide: impl FnOnce(&Looked) -> Option<(Vec<Cover>, Fit)>,
    ) -> Result<Screened, PhotoError> {
        let begun = Instant::now();
        let mut decoder = self.decoder(photo)?;
        let seen = decoder.step(STEP, preview);
        let (width, height, picture) = decoder.outcome(seen)?;
        let decoded = Instant::now();
        let looked = self.seen(&picture, width, height)?;
        drop(picture);
        let detected = Instant::now();
        let rendered = match decide(&looked) {
            None => None,
            Some((covers, fit)) => {
                let rendered = decoder.step(STEP, |pipes| render(pipes, &covers, fit));
                Some(decoder.outcome(rendered)?)
            }
        };
        let took = Took { decode: decoded - begun, detect: detected - decoded, render: detected.elapsed() };
        Ok(Screened { looked, rendered, took })
    }

    /// A decode child that has been given the photo.
    fn decoder(&self, photo: &[u8]) -> Result<Decoder<'_>, PhotoError> {
        accept(photo)?;
        let turn = self.turns.wait();
        let mut decoder = Decoder { worker: Worker::start(&self.settings, [DECODE.as_ref()])?, _turn: turn };
        let given = decoder.step(STEP, |pipes| {
            // A child that refuses early does not read to the end; its answer is waiting all the same.
            match wire::put_bytes(&mut pipes.to, photo) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Ok(())),
                other => other.map(Ok),
            }
        });
        decoder.outcome(given)?;
        Ok(decoder)
    }

    /// What the models see in a picture, in pixels of the full-size one.
    fn seen(&self, picture: &Picture, width: u32, height: u32) -> Result<Looked, PhotoError> {
        let mut held = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        let mut worker = match held.take() {
            Some(worker) => worker,
            None => {
                let worker = Worker::models(&self.settings);
                self.blind.store(worker.is_err(), Ordering::SeqCst);
                worker?
            }
        };
        let (spots, nudity) = match worker.step(LOOK, |pipes| ask(pipes, picture)) {
            Ok(Ok(seen)) => {
                *held = Some(worker);
                seen
            }
            // It answered in full, so it can go on.
            Ok(Err(error)) => {
                *held = Some(worker);
                return Err(error);
            }
            // It is dropped here, and ended; the next photo gets a new one.
            Err(error) => return Err(PhotoError::Worker(worker.end(&error))),
        };
        let (factor_x, factor_y) =
            (f64::from(width) / f64::from(picture.width()), f64::from(height) / f64::from(picture.height()));
        let mut faces: Vec<PhotoFace> = spots
            .into_iter()
            .map(|[x, y, w, h, score]| PhotoFace {
                x: x * factor_x,
                y: y * factor_y,
                w: w * factor_x,
                h: h * factor_y,
                score,
            })
            .collect();
        faces.sort_by(|one, other| one.y.total_cmp(&other.y).then(one.x.total_cmp(&other.x)));
        Ok(Looked { width, height, faces, nudity })
    }
}

/// Asks the decode child for the small copy: full width and height, and the copy.
fn preview(pipes: &mut Pipes) -> io::Result<Result<(u32, u32, Picture), PhotoError>> {
    wire::put_u8(&mut pipes.to, wire::PREVIEW)
        .and_then(|()| wire::put_u32(&mut pipes.to, PREVIEW_SIDE))
        .or_else(heard)?;
    if let Some(refused) = refusal(pipes)? {
        return Ok(Err(refused));
    }
    let (width, height) = (wire::u32(&mut pipes.from)?, wire::u32(&mut pipes.from)?);
    let picture = wire::picture(&mut pipes.from, PREVIEW_SIDE)?;
    let plausible =
        width >= picture.width() && height >= picture.height() && width.max(height) <= u32::from(u16::MAX);
    if plausible { Ok(Ok((width, height, picture))) } else { Err(wire::nonsense()) }
}

/// Asks the decode child for the copy to publish.
fn render(pipes: &mut Pipes, covers: &[Cover], fit: Fit) -> io::Result<Result<Rendered, PhotoError>> {
    let mut asked = vec![wire::RENDER];
    wire::put_u32(&mut asked, fit.side_px)?;
    wire::put_u32(&mut asked, u32::try_from(fit.bytes).unwrap_or(u32::MAX))?;
    wire::put_shape(&mut asked, fit.shape)?;
    wire::put_u32(&mut asked, covers.len() as u32)?;
    for number in covers.iter().flat_map(|cover| [cover.x, cover.y, cover.w, cover.h]) {
        wire::put_f64(&mut asked, number)?;
    }
    pipes.to.write_all(&asked).or_else(heard)?;
    if let Some(refused) = refusal(pipes)? {
        return Ok(Err(refused));
    }
    let (width, height) = (wire::u32(&mut pipes.from)?, wire::u32(&mut pipes.from)?);
    let jpeg = wire::bytes(&mut pipes.from, fit.bytes.min(wire::LONGEST))?;
    if jpeg.len() > fit.bytes || width.max(height) > fit.side_px {
        return Err(wire::nonsense());
    }
    Ok(Ok(Rendered { jpeg, width, height }))
}

/// A child that has already answered does not read on; its answer counts.
fn heard(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

/// The decode child's refusal, if that is its answer.
fn refusal(pipes: &mut Pipes) -> io::Result<Option<PhotoError>> {
    match wire::u8(&mut pipes.from)? {
        wire::DONE => Ok(None),
        wire::REFUSED => {
            let why = Unreadable::of_code(wire::u8(&mut pipes.from)?);
            Ok(Some(PhotoError::Refused(why.sentence().to_owned())))
        }
        _ => Err(wire::nonsense()),
    }
}

type Seen = (Vec<[f64; 5]>, f64);

/// Asks the model worker about a picture: boxes with their scores, and the explicit-picture score.
fn ask(pipes: &mut Pipes, picture: &Picture) -> io::Result<Result<Seen, PhotoError>> {
    wire::put_picture(&mut pipes.to, picture)?;
    match wire::u8(&mut pipes.from)? {
        wire::DONE => {}
        wire::REFUSED => {
            let say = format!("there are more than {MOST_FACES} faces; crop the picture, then add it again");
            return Ok(Err(PhotoError::Refused(say)));
        }
        wire::FAILED => return Ok(Err(PhotoError::Worker(sentence(pipes)?))),
        _ => return Err(wire::nonsense()),
    }
    let count = wire::u32(&mut pipes.from)? as usize;
    if count > MOST_FACES {
        return Err(wire::nonsense());
    }
    let mut spots = Vec::with_capacity(count);
    for _ in 0..count {
        let mut spot = [0.0; 5];
        for number in &mut spot {
            *number = wire::f64(&mut pipes.from)?;
        }
        if !spot.iter().all(|number| number.is_finite()) {
            return Err(wire::nonsense());
        }
        spots.push(spot);
    }
    let nudity = wire::f64(&mut pipes.from)?;
    if (0.0..=1.0).contains(&nudity) { Ok(Ok((spots, nudity))) } else { Err(wire::nonsense()) }
}

fn sentence(pipes: &mut Pipes) -> io::Result<String> {
    let bytes = wire::bytes(&mut pipes.from, LONGEST_SENTENCE)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A child and the pipes to it; ended when dropped.
#[derive(Debug)]
struct Worker {
    child: Child,
    pipes: Pipes,
    landlock: bool,
    /// It was ended because a step took too long.
    late: bool,
}

#[derive(Debug)]
struct Pipes {
    to: ChildStdin,
    from: ChildStdout,
}

impl Worker {
    fn start<const N: usize>(settings: &Settings, args: [&OsStr; N]) -> Result<Self, PhotoError> {
        let unstartable = |error: io::Error| {
            PhotoError::Worker(format!("`{}` cannot be started: {error}", settings.program.display()))
        };
        let mut child = Command::new(&settings.program)
            .arg("screen-worker")
            .args(settings.gently.then_some(GENTLY))
            .args(args)
            .env_clear()
            // The published ONNX Runtime keeps a diary of its use and sends it to its makers, in a thread of its own and
            // whatever its programming interface says; this keeps it from starting. A worker that tries is ended.
            .env("ORT_DISABLE_TELEMETRY", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Decoders and the runtime may print what they read; nobody wants that in a log.
            .stderr(Stdio::null())
            .spawn()
            .map_err(unstartable)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(to), Some(from)) => {
                Ok(Self { child, pipes: Pipes { to, from }, landlock: false, late: false })
            }
            _ => Err(PhotoError::Worker("the child has no pipes".to_owned())),
        }
    }

    /// A model worker that has said that it is ready.
    fn models(settings: &Settings) -> Result<Self, PhotoError> {
        let threads = settings.threads.max(1).to_string();
        let args = [MODELS.as_ref(), settings.models.as_os_str(), threads.as_ref()];
        let mut worker = Self::start(settings, args)?;
        let said = worker.step(LOOK, |pipes| match wire::u8(&mut pipes.from)? {
            wire::DONE => Ok(Ok(wire::u8(&mut pipes.from)? == 1)),
            wire::FAILED => Ok(Err(PhotoError::Models(sentence(pipes)?))),
            _ => Err(wire::nonsense()),
        });
        worker.landlock = said.map_err(|error| {
            PhotoError::Models(format!(
                "the models could not be loaded ({error}); run `cleansheet models status`"
            ))
        })??;
        Ok(worker)
    }

    /// Does something with the pipes; a child that takes longer than `limit` is ended, and the pipes break.
    fn step<T>(&mut self, limit: Duration, work: impl FnOnce(&mut Pipes) -> io::Result<T>) -> io::Result<T> {
        let Self { child, pipes, late, .. } = self;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let (done, waiting) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                if waiting.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
                    // The child has not been waited for, so the number is still its own.
                    *late = true;
                    let _ = pid.map(|pid| kill_process(pid, Signal::KILL));
                }
            });
            let result = work(pipes);
            drop(done);
            result
        })
    }

    /// Ends the child and says how it ended.
    fn end(&mut self, error: &io::Error) -> String {
        let _ = self.child.kill();
        self.child.wait().map_or_else(|error| error.to_string(), |ended| format!("{error}, {ended}"))
    }
}

/// A decode child, and the turn it holds.
#[derive(Debug)]
struct Decoder<'s> {
    worker: Worker,
    _turn: Turn<'s>,
}

impl Decoder<'_> {
    fn step<T>(&mut self, limit: Duration, work: impl FnOnce(&mut Pipes) -> io::Result<T>) -> io::Result<T> {
        self.worker.step(limit, work)
    }

    /// What a step means: broken pipes are the photo's fault, unless the child never read it or others ended it.
    fn outcome<T>(&mut self, step: io::Result<Result<T, PhotoError>>) -> Result<T, PhotoError> {
        match step {
            Ok(answer) => answer,
            Err(_) => {
                let _ = self.worker.child.kill();
                Err(match self.worker.child.wait() {
                    Ok(ended) => ended_badly(ended, self.worker.late),
                    Err(error) => PhotoError::Worker(error.to_string()),
                })
            }
        }
    }
}

/// How many photos are worked on at the same time.
#[derive(Debug)]
struct Turns {
    free: Mutex<usize>,
    given_back: Condvar,
}

/// Leave to work on one photo; given back when dropped.
#[derive(Debug)]
struct Turn<'s>(&'s Turns);

impl Turns {
    fn of(at_once: usize) -> Self {
        Self { free: Mutex::new(at_once.max(1)), given_back: Condvar::new() }
    }

    /// Blocks until there is one.
    fn wait(&self) -> Turn<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = self.given_back.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.given_back.notify_one();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A photo that ends its decoder is unreadable, however it did it; one whose decoder others have killed, such as a system
/// that is short of memory, was not looked at.
fn ended_badly(ended: ExitStatus, late: bool) -> PhotoError {
    use std::os::unix::process::ExitStatusExt as _;
    const SIGKILL: i32 = 9;
    const SIGXCPU: i32 = 24;
    const SIGABRT: i32 = 6;
    let refused = |say: &str| PhotoError::Refused(say.to_owned());
    if ended.code() == Some(i32::from(UNPROTECTED)) {
        return PhotoError::Worker("the decoder cannot lock itself down".to_owned());
    }
    match (ended.signal(), late) {
        (Some(SIGXCPU), _) | (_, true) => refused(
            "the picture takes too long to read; open it, save it as an ordinary JPEG, then add it again",
        ),
        (Some(SIGKILL), false) => PhotoError::Worker("the decoder was killed".to_owned()),
        (Some(SIGABRT), _) => {
            refused("the picture takes too much memory to read; make it smaller, then add it again")
        }
        _ => refused(Unreadable::Damaged.sentence()),
    }
}
