//! The child that sees one photo's bytes: decodes, hands out a small copy for the models, makes the copy to publish.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::fd::AsFd,
    process::ExitCode,
};

use super::{UNPROTECTED, lockdown, wire};
use crate::photo::{
    Cover, Fit,
    decode::{Unreadable, decode},
    kind::LARGEST_BYTES,
    picture::{Picture, Scaling},
    rendered,
};

/// More boxes than this are never asked for.
const MOST_COVERS: u32 = 10_000;

/// Locks itself down, then answers until its input ends.
pub(super) fn run() -> ExitCode {
    // Without the standard library's buffers: pixels are large and have no lines.
    let pipes = io::stdin().as_fd().try_clone_to_owned().and_then(|input| {
        let output = io::stdout().as_fd().try_clone_to_owned()?;
        Ok((File::from(input), File::from(output)))
    });
    let Ok((input, output)) = pipes else { return ExitCode::FAILURE };
    let locked = lockdown::limit(lockdown::DECODER)
        .and_then(|()| lockdown::give_up_files())
        .and_then(|_| lockdown::give_up_system_calls());
    if locked.is_err() {
        return ExitCode::from(UNPROTECTED);
    }
    match answer(input, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let photo = wire::bytes(&mut input, LARGEST_BYTES)?;
    let picture = match decode(&photo) {
        Ok(picture) => picture,
        Err(unreadable) => return refuse(&mut output, unreadable),
    };
    drop(photo);
    loop {
        match wire::u8(&mut input) {
            Ok(wire::PREVIEW) => preview(&picture, wire::u32(&mut input)?, &mut output)?,
            Ok(wire::RENDER) => {
                let (covers, fit) = asked(&mut input)?;
                return match rendered(picture, &covers, fit) {
                    Some(copy) => {
                        wire::put_u8(&mut output, wire::DONE)?;
                        wire::put_u32(&mut output, copy.width)?;
                        wire::put_u32(&mut output, copy.height)?;
                        wire::put_bytes(&mut output, &copy.jpeg)
                    }
                    None => refuse(&mut output, Unreadable::NoCopy),
                };
            }
            Ok(_) => return Err(wire::nonsense()),
            // The parent has what it wanted.
            Err(_) => return Ok(()),
        }
    }
}

fn refuse(output: &mut impl Write, unreadable: Unreadable) -> io::Result<()> {
    output.write_all(&[wire::REFUSED, unreadable.code()])
}

fn preview(picture: &Picture, side: u32, output: &mut impl Write) -> io::Result<()> {
    let (width, height) = picture.size_within(side);
    let Some(small) = picture.scaled(width, height, Scaling::Even) else {
        return refuse(output, Unreadable::Damaged);
    };
    wire::put_u8(output, wire::DONE)?;
    wire::put_u32(output, picture.width())?;
    wire::put_u32(output, picture.height())?;
    wire::put_picture(output, &small)
}

fn asked(input: &mut impl Read) -> io::Result<(Vec<Cover>, Fit)> {
    let (side_px, bytes) = (wire::u32(input)?, wire::u32(input)? as usize);
    let fit = Fit { side_px, bytes, shape: wire::shape(input)? };
    let count = wire::u32(input)?;
    if count > MOST_COVERS {
        return Err(wire::nonsense());
    }
    let covers = (0..count)
        .map(|_| {
            Ok(Cover {
                x: wire::f64(input)?,
                y: wire::f64(input)?,
                w: wire::f64(input)?,
                h: wire::f64(input)?,
            })
        })
        .collect::<io::Result<_>>()?;
    Ok((covers, fit))
}
