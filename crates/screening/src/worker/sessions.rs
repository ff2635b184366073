//! ONNX Runtime with the two models: pixels in, faces and a score out.

use std::path::Path;

use ort::{
    environment::{Environment, EnvironmentBuilder},
    session::{Session, builder::GraphOptimizationLevel},
    value::TensorRef,
};

use crate::{
    models::{self, pins},
    photo::{
        boxes::{Spot, merged},
        picture::{Picture, Scaling},
        search::{self, Answer, Look},
    },
};

/// What OpenNSFW's training pictures had on average, blue, green, red.
///
/// Source: Yahoo, `open_nsfw`; the resize to 256 and the middle 224 are its as well.
const MEAN_BGR: [f32; 3] = [104.0, 117.0, 123.0];
const NUDITY_RESIZED: u32 = 256;
const NUDITY_SIDE: u32 = 224;

/// Why a picture was not looked at.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookError {
    /// One sentence for people.
    #[error("{0}")]
    Models(String),
    #[error("ONNX Runtime failed")]
    Runtime(#[from] ort::Error),
    #[error("the model's answer has another shape")]
    Shape,
    #[error("there are too many faces")]
    Crowd,
}

/// The loaded models.
pub(super) struct Sessions {
    faces: Session,
    nudity: Session,
    _runtime: Environment,
}

/// The runtime's library and the models' bytes, checked; nothing is started before the files are given up.
pub(super) struct Loaded {
    runtime: EnvironmentBuilder,
    faces: Vec<u8>,
    nudity: Vec<u8>,
}

/// Reads everything that has to be read from files.
pub(super) fn load(folder: &Path) -> Result<Loaded, LookError> {
    let unready = models::status(folder).into_iter().find(|model| !model.ready);
    if let Some(model) = unready {
        return Err(LookError::Models(model.sentence()));
    }
    let gone = |_| LookError::Models("a model changed while it was loaded; try again".to_owned());
    let library = models::runtime(folder).map_err(gone)?;
    let runtime = ort::init_from(&library)
        .map_err(|error| LookError::Models(format!("ONNX Runtime cannot be loaded: {error}")))?
        .with_telemetry(false);
    let faces = models::load(folder, &pins::FACES).map_err(gone)?;
    let nudity = models::load(folder, &pins::NUDITY).map_err(gone)?;
    Ok(Loaded { runtime, faces, nudity })
}

impl Loaded {
    /// Starts the runtime and makes the plans; starts the runtime's threads when there are to be several.
    pub(super) fn start(self, threads: usize) -> Result<Sessions, LookError> {
        let runtime = self.runtime.build()?;
        let session = |model: &[u8]| -> Result<Session, LookError> {
            let mut builder = Session::builder(&runtime)?
                .with_optimization_level(GraphOptimizationLevel::All)
                .map_err(ort::Error::from)?
                .with_intra_threads(threads)
                .map_err(ort::Error::from)?
                // Threads that wait by spinning take the processor from the decoders.
                .with_intra_op_spinning(false)
                .map_err(ort::Error::from)?
                // Every photo has its own size; plans for each would only fill memory.
                .with_memory_pattern(false)
                .map_err(ort::Error::from)?;
            Ok(builder.commit_from_memory(model)?)
        };
        let (faces, nudity) = (session(&self.faces)?, session(&self.nudity)?);
        Ok(Sessions { faces, nudity, _runtime: runtime })
    }
}

impl Sessions {
    /// Every face, in pixels of `picture`.
    pub(super) fn faces(&mut self, picture: &Picture) -> Result<Vec<Spot>, LookError> {
        let mut spots = Vec::new();
        for look in search::looks(picture).ok_or(LookError::Shape)? {
            spots.extend(self.look(&look, picture)?);
        }
        let mut spots = merged(spots).ok_or(LookError::Crowd)?;
        if let Some(look) = search::closer(picture, &spots) {
            spots.extend(self.look(&look, picture)?);
            spots = merged(spots).ok_or(LookError::Crowd)?;
        }
        Ok(spots)
    }

    fn look(&mut self, look: &Look, picture: &Picture) -> Result<Vec<Spot>, LookError> {
        let (width, height) = (look.picture.width() as usize, look.picture.height() as usize);
        let input = planes(&look.picture);
        let outputs = self
            .faces
            .run(ort::inputs![TensorRef::from_array_view(([1, 3, height, width], input.as_slice()))?])?;
        let plane = |name: &str| -> Result<(&ort::value::Shape, &[f32]), LookError> {
            Ok(outputs.get(name).ok_or(LookError::Shape)?.try_extract_tensor::<f32>()?)
        };
        let (shape, heat) = plane("537")?;
        let [_, _, rows, columns] = **shape else { return Err(LookError::Shape) };
        let (_, size) = plane("538")?;
        let (_, offset) = plane("539")?;
        let (rows, columns) = (rows as usize, columns as usize);
        look.spots(&Answer { rows, columns, heat, size, offset }, picture.width(), picture.height())
            .ok_or(LookError::Crowd)
    }

    /// The explicit-picture score, 0..=1.
    pub(super) fn nudity(&mut self, picture: &Picture) -> Result<f64, LookError> {
        let small = picture.scaled(NUDITY_RESIZED, NUDITY_RESIZED, Scaling::Even).ok_or(LookError::Shape)?;
        let edge = (NUDITY_RESIZED - NUDITY_SIDE) / 2;
        let mut input = Vec::with_capacity((NUDITY_SIDE * NUDITY_SIDE * 3) as usize);
        for y in edge..edge + NUDITY_SIDE {
            for [red, green, blue] in small.row(y, edge, edge + NUDITY_SIDE) {
                let [mean_blue, mean_green, mean_red] = MEAN_BGR;
                input.extend([
                    f32::from(*blue) - mean_blue,
                    f32::from(*green) - mean_green,
                    f32::from(*red) - mean_red,
                ]);
            }
        }
        let shape = [1, NUDITY_SIDE as usize, NUDITY_SIDE as usize, 3];
        let outputs =
            self.nudity.run(ort::inputs![TensorRef::from_array_view((shape, input.as_slice()))?])?;
        let first = outputs.values().next().ok_or(LookError::Shape)?;
        let (_, scores) = first.try_extract_tensor::<f32>()?;
        // Two numbers that add up to one: safe, not safe.
        let [_, score] = scores else { return Err(LookError::Shape) };
        if !(0.0..=1.0).contains(score) {
            return Err(LookError::Shape);
        }
        Ok(f64::from(*score))
    }
}

/// Red, green and blue apart, as the detector takes them: `(1, 3, height, width)`, 0..=255.
fn planes(picture: &Picture) -> Vec<f32> {
    let pixels = picture.rgb().as_chunks::<3>().0;
    let mut planes = Vec::with_capacity(pixels.len() * 3);
    planes.extend(pixels.iter().map(|[red, _, _]| f32::from(*red)));
    planes.extend(pixels.iter().map(|[_, green, _]| f32::from(*green)));
    planes.extend(pixels.iter().map(|[_, _, blue]| f32::from(*blue)));
    planes
}
