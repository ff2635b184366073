//! Which files of a folder are photos to screen: by name only, nothing is opened.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// File names that end so are pictures, or want to be taken for one; what they really are, their bytes say.
const PICTURES: [&str; 20] = [
    "apng", "avif", "bmp", "dib", "gif", "heic", "heif", "ico", "jfif", "jpe", "jpeg", "jpg", "jp2", "jxl",
    "pjpeg", "png", "svg", "tif", "tiff", "webp",
];

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Photos {
    /// The folder the names are told from.
    root: PathBuf,
    /// Files with a picture's name, in order.
    pub(super) found: Vec<PathBuf>,
    /// How many files, links and other things were passed over.
    pub(super) passed_over: usize,
    /// Folders that could not be read, as names.
    pub(super) unreadable: Vec<String>,
}

impl Photos {
    /// What a file is called in the report: its path from the folder that was given.
    pub(super) fn name(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned()
    }
}

/// A file by itself, or all pictures of a folder and its folders but `without`. Links are not followed.
pub(super) fn photos_in(input: &Path, without: &Path) -> io::Result<Photos> {
    if !fs::metadata(input)?.is_dir() {
        let root = input.parent().unwrap_or(input).to_owned();
        return Ok(Photos { root, found: vec![input.to_owned()], ..Photos::default() });
    }
    let mut photos = Photos { root: input.to_owned(), ..Photos::default() };
    let mut folders = vec![input.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        let entries = match entries {
            Ok(entries) => entries,
            // The folder that was asked for is an error; one deeper down is told in the report.
            Err(error) if folder == input => return Err(error),
            Err(_) => {
                photos.unreadable.push(photos.name(&folder));
                continue;
            }
        };
        for entry in entries {
            let path = entry.path();
            let kind = entry.file_type();
            match kind {
                Ok(kind) if kind.is_dir() && path != without => folders.push(path),
                Ok(kind) if kind.is_dir() => {}
                Ok(kind) if kind.is_file() && is_picture(&path) => photos.found.push(path),
                Ok(_) | Err(_) => photos.passed_over += 1,
            }
        }
    }
    photos.found.sort_unstable();
    Ok(photos)
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending.is_some_and(|ending| PICTURES.contains(&ending.as_str()))
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::photos_in;

    #[test]
    fn pictures_are_found_in_every_folder_but_the_copies_and_behind_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir_all(root.join("match/day")).unwrap();
        fs::create_dir_all(root.join("out")).unwrap();
        for name in
            ["b.JPG", "match/a.png", "match/day/c.webp", "match/notes.txt", "out/0001-x.jpg", "clip.mp4"]
        {
            fs::write(root.join(name), b"x").unwrap();
        }
        symlink(root.join("b.JPG"), root.join("link.jpg")).unwrap();
        symlink(&root, root.join("match/around")).unwrap();
        let photos = photos_in(&root, &root.join("out")).unwrap();
        let names: Vec<String> = photos.found.iter().map(|path| photos.name(path)).collect();
        assert_eq!(names, ["b.JPG", "match/a.png", "match/day/c.webp"]);
        assert_eq!(photos.passed_over, 4, "the notes, the film and two links");
    }

    #[test]
    fn one_photo_by_itself_is_looked_at_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let photo = folder.path().join("photo");
        fs::write(&photo, b"x").unwrap();
        let photos = photos_in(&photo, folder.path()).unwrap();
        assert_eq!(photos.name(&photos.found[0]), "photo");
    }
}
