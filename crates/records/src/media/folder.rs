//! A folder as the place for pictures.
//!
//! A file is durable before its name is handed out: written under another name, synced, renamed, its folder synced.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::shelf::{Kept, Place, Put, Shelf};

/// A folder with one folder for each [`Place`], and one for files that are being written.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens the folder, making it when it is not there.
    pub fn open(root: &Path) -> io::Result<Self> {
        let folder = Self { root: root.to_owned() };
        for place in Place::ALL {
            fs::create_dir_all(folder.at(place))?;
        }
        fs::create_dir_all(folder.workshop())?;
        Ok(folder)
    }

    fn at(&self, place: Place) -> PathBuf {
        self.root.join(place.as_str())
    }

    fn workshop(&self) -> PathBuf {
        self.root.join("workshop")
    }
}

impl Shelf for Folder {
    /// Renaming is atomic: a reader sees the whole file or none. Names are chance or a hash, so that a taken name has
    /// the same bytes, or damaged ones.
    fn put(&self, place: Place, name: &str, bytes: &[u8], _how: Put) -> io::Result<()> {
        let thread = format!("{:?}", std::thread::current().id());
        let number: String = thread.chars().filter(char::is_ascii_digit).collect();
        let bench = self.workshop().join(format!("{name}-{}-{number}", std::process::id()));
        let mut file = fs::File::create(&bench)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&bench, self.at(place).join(name))?;
        sync_folder(&self.at(place))
    }

    fn get(&self, place: Place, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.at(place).join(name))
    }

    fn remove(&self, place: Place, name: &str) -> io::Result<()> {
        match fs::remove_file(self.at(place).join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => sync_folder(&self.at(place)),
        }
    }

    fn list(&self, place: Place) -> io::Result<Vec<Kept>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(self.at(place))? {
            let entry = entry?;
            let about = entry.metadata()?;
            all.push(Kept {
                name: entry.file_name().to_string_lossy().into_owned(),
                written: about.modified()?,
                size: about.len(),
            });
        }
        Ok(all)
    }

    fn tidy(&self, earlier: SystemTime) -> io::Result<usize> {
        let mut gone = 0;
        for entry in fs::read_dir(self.workshop())? {
            let entry = entry?;
            if entry.metadata()?.modified()? < earlier {
                fs::remove_file(entry.path())?;
                gone += 1;
            }
        }
        Ok(gone)
    }

    /// Opening it has made its folders, which says as much.
    fn try_out(&self) -> io::Result<()> {
        Ok(())
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}
