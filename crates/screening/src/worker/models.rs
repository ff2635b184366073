//! The long-lived child that holds the models. It never sees a file's bytes, only pixels.

use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsFd,
    path::Path,
    process::ExitCode,
};

use super::{
    UNPROTECTED, lockdown,
    sessions::{self, LookError, Sessions},
    wire,
};
use crate::photo::{PREVIEW_SIDE, picture::Picture};

/// Says whether it is ready, then answers until its input ends.
pub(super) fn run(folder: &Path, threads: usize) -> ExitCode {
    let pipes = io::stdin().as_fd().try_clone_to_owned().and_then(|input| {
        let output = io::stdout().as_fd().try_clone_to_owned()?;
        Ok((File::from(input), File::from(output)))
    });
    let Ok((mut input, mut output)) = pipes else { return ExitCode::FAILURE };
    let ready = ready(folder, threads);
    let said = match &ready {
        Ok((_, files_shut)) => output.write_all(&[wire::DONE, u8::from(*files_shut)]),
        Err(error) => wire::put_u8(&mut output, wire::FAILED)
            .and_then(|()| wire::put_bytes(&mut output, error.sentence().as_bytes())),
    };
    let (Ok((mut sessions, _)), Ok(())) = (ready, said) else { return ExitCode::from(UNPROTECTED) };
    loop {
        let Ok(picture) = wire::picture(&mut input, PREVIEW_SIDE) else { return ExitCode::SUCCESS };
        if answer(&mut sessions, &picture, &mut output).is_err() {
            return ExitCode::FAILURE;
        }
    }
}

/// Why the worker is of no use.
enum Unready {
    Look(LookError),
    Unprotected(lockdown::Unprotected),
}

impl Unready {
    fn sentence(&self) -> String {
        match self {
            Self::Look(error) => error.to_string(),
            Self::Unprotected(error) => {
                format!("photos are not looked at, because the model worker cannot lock itself down: {error}")
            }
        }
    }
}

/// Loads, gives up files, plans, warms up, gives up everything else.
fn ready(folder: &Path, threads: usize) -> Result<(Sessions, bool), Unready> {
    let loaded = sessions::load(folder).map_err(Unready::Look)?;
    // Before the runtime starts its threads, so that they give up the files too.
    let files_shut = lockdown::give_up_files().map_err(Unready::Unprotected)?;
    let mut sessions = loaded.start(threads).map_err(Unready::Look)?;
    // Once through, so that whatever the runtime does only the first time is done.
    let grey = Picture::new(64, 64, vec![128; 64 * 64 * 3]).ok_or(Unready::Look(LookError::Shape))?;
    sessions.faces(&grey).and_then(|_| sessions.nudity(&grey)).map_err(Unready::Look)?;
    lockdown::limit(lockdown::MODELS)
        .and_then(|()| lockdown::give_up_system_calls())
        .map_err(Unready::Unprotected)?;
    Ok((sessions, files_shut))
}

fn answer(sessions: &mut Sessions, picture: &Picture, output: &mut impl Write) -> io::Result<()> {
    let seen = sessions.faces(picture).and_then(|faces| Ok((faces, sessions.nudity(picture)?)));
    let (faces, nudity) = match seen {
        Ok(seen) => seen,
        Err(LookError::Crowd) => return wire::put_u8(output, wire::REFUSED),
        Err(error) => {
            wire::put_u8(output, wire::FAILED)?;
            return wire::put_bytes(output, error.to_string().as_bytes());
        }
    };
    let mut said = Vec::with_capacity(faces.len() * 40 + 16);
    wire::put_u8(&mut said, wire::DONE)?;
    wire::put_u32(&mut said, faces.len() as u32)?;
    for face in &faces {
        for number in [face.x, face.y, face.w, face.h, face.score] {
            wire::put_f64(&mut said, f64::from(number))?;
        }
    }
    wire::put_f64(&mut said, nudity)?;
    output.write_all(&said)
}
