//! Changes to photos on the disk.

use super::*;

/// A photo exchanged or taken away.
pub(super) fn photo(ground: &mut Ground) {
    let rows = ground.tables.iter().find(|table| table.name == "file").map(|table| &table.rows);
    let names: Vec<String> = rows.into_iter().flatten().map(|row| row[0].clone()).collect();
    let hash = names[usize::try_from(ground.below(names.len() as u64)).unwrap()].clone();
    let files = ground.dir.join("files");
    let path = find(&files, &hash).unwrap();
    let kept = std::fs::read(&path).unwrap();
    let wanted = if ground.below(2) == 0 {
        std::fs::remove_file(&path).unwrap();
        check::Damaged::Missing(hash)
    } else {
        let mut other = kept.clone();
        let place = usize::try_from(ground.below(other.len() as u64)).unwrap();
        other[place] ^= 1;
        std::fs::write(&path, other).unwrap();
        check::Damaged::Changed(hash)
    };
    assert_eq!(check::all(&ground.store, &files).unwrap().1, [wanted]);
    std::fs::write(&path, kept).unwrap();
    assert_eq!(check::all(&ground.store, &files).unwrap().1, []);
}

fn find(dir: &std::path::Path, hash: &str) -> Option<PathBuf> {
    std::fs::read_dir(dir).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return find(&path, hash);
        }
        let bytes = std::fs::read(&path).unwrap();
        (linli::base::secret::sha256_hex(&bytes) == hash).then_some(path)
    })
}
