//! The id of the tree that an index stands for, read from the cache-tree at the end of the index file. When git runs a
//! commit-msg hook it has just written that tree, so nothing else of a large index need be understood.
//! Format: git's Documentation/gitformat-index.txt. sha1 only, as the rest of this edge.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use git2::Oid;

/// The length of an id and of the checksum at the end.
const HASH: usize = 20;
const HEADER: usize = 12;

/// Bytes at the end of a large index that are looked at first.
const TAIL: u64 = 512 << 10;

/// The tree of the index file; `None` when it is not a valid index, or has no cache-tree, or one that is out of date.
pub(super) fn root(index: &Path) -> Option<Oid> {
    let mut file = File::open(index).ok()?;
    if file.metadata().ok()?.len() > 2 * TAIL {
        file.seek(SeekFrom::End(-i64::try_from(TAIL).ok()?)).ok()?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail).ok()?;
        if let Some(data) = cache_tree_in(&tail) {
            return root_entry(data);
        }
        file.rewind().ok()?;
    }
    let mut all = Vec::new();
    file.read_to_end(&mut all).ok()?;
    root_of(&all)
}

/// The data of the cache-tree in the end of an index: the one place that says `TREE` and from where the sizes of the
/// extensions lead exactly to the checksum. Names of files before it hold no NUL, as every size of an extension does.
fn cache_tree_in(tail: &[u8]) -> Option<&[u8]> {
    let extensions = tail.get(..tail.len().checked_sub(HASH)?)?;
    let leads_to_end = |start: &usize| {
        let mut at = *start;
        while let Some(size) = number(extensions, at + 4) {
            at += 8 + size as usize;
        }
        at == extensions.len() && extensions.get(start + 8) == Some(&0)
    };
    let start = memchr::memmem::find_iter(extensions, b"TREE").find(leads_to_end)?;
    extensions.get(start + 8..)?.get(..number(extensions, start + 4)? as usize)
}

fn root_of(index: &[u8]) -> Option<Oid> {
    let extensions = index.get(..index.len().checked_sub(HASH)?)?;
    if extensions.get(..4)? != b"DIRC" {
        return None;
    }
    let mut at = end_of_entries(extensions, number(extensions, 4)?)?;
    loop {
        let size = number(extensions, at + 4)? as usize;
        let data = extensions.get(at + 8..)?.get(..size)?;
        if extensions.get(at..at + 4)? == b"TREE" {
            return root_entry(data);
        }
        at += 8 + size;
    }
}

/// The first entry of the cache-tree is the root: an empty name, NUL, the number of files below (-1 when out of date),
/// a blank, the number of folders, a line end, the id.
fn root_entry(data: &[u8]) -> Option<Oid> {
    let data = data.strip_prefix(b"\0")?;
    let line_end = memchr::memchr(b'\n', data)?;
    if data.starts_with(b"-") {
        return None;
    }
    Oid::from_bytes(data.get(line_end + 1..)?.get(..HASH)?).ok()
}

/// Where the extensions begin.
fn end_of_entries(index: &[u8], version: u32) -> Option<usize> {
    // The extension `EOIE`, if it is there, is the last one, and begins with that very offset.
    let last = index.len().checked_sub(8 + 4 + HASH)?;
    if index.get(last..last + 4)? == b"EOIE" && number(index, last + 4)? as usize == 4 + HASH {
        return Some(number(index, last + 8)? as usize);
    }
    let count = number(index, 8)?;
    let mut at = HEADER;
    for _ in 0..count {
        at = match version {
            2 | 3 => end_of_padded(index, at)?,
            4 => end_of_compressed(index, at)?,
            _ => return None,
        };
    }
    Some(at)
}

/// The mode and the id of the file `wanted` in the beginning of an index; `None` within when it is not in it, and `None` when
/// it lies behind what was read or the index is of another form. Entries are sorted by name, so that this looks no further
/// than it has to.
pub(super) fn entry(index: &[u8], wanted: &[u8]) -> Option<Option<(u32, Oid)>> {
    if index.get(..4)? != b"DIRC" {
        return None;
    }
    let (version, count) = (number(index, 4)?, number(index, 8)?);
    let mut name: Vec<u8> = Vec::new();
    let mut at = HEADER;
    for _ in 0..count {
        let (mut start, length) = start_of_name(index, at)?;
        let next = match version {
            2 | 3 => end_of_padded(index, at)?,
            4 => end_of_compressed(index, at)?,
            _ => return None,
        };
        if version == 4 {
            let mut dropped = 0_usize;
            loop {
                let byte = *index.get(start)?;
                start += 1;
                dropped = (dropped << 7) + usize::from(byte & 0x7f);
                if byte & 0x80 == 0 {
                    break;
                }
                dropped += 1;
            }
            name.truncate(name.len().checked_sub(dropped)?);
            name.extend_from_slice(index.get(start..next - 1)?);
        } else {
            let end = if length < 0xfff { start + length } else { start + memchr::memchr(0, index.get(start..)?)? };
            name = index.get(start..end)?.to_vec();
        }
        match name.as_slice().cmp(wanted) {
            std::cmp::Ordering::Less => at = next,
            std::cmp::Ordering::Equal => {
                let id = Oid::from_bytes(index.get(at + 40..at + 40 + HASH)?).ok()?;
                return Some(Some((number(index, at + 24)?, id)));
            }
            std::cmp::Ordering::Greater => return Some(None),
        }
    }
    Some(None)
}

/// Times, ids and size of a file: 40 bytes, its hash, 2 bytes of flags, 2 more where a flag says so.
fn start_of_name(index: &[u8], at: usize) -> Option<(usize, usize)> {
    let flags_at = at + 40 + HASH;
    let flags = u16::from_be_bytes(index.get(flags_at..flags_at + 2)?.try_into().ok()?);
    let extended = flags & 0x4000 != 0;
    Some((flags_at + if extended { 4 } else { 2 }, usize::from(flags & 0x0fff)))
}

/// Versions 2 and 3: the name, then 1 to 8 NULs up to a multiple of 8.
fn end_of_padded(index: &[u8], at: usize) -> Option<usize> {
    let (name, length) = start_of_name(index, at)?;
    // 0xfff stands for that many bytes or more.
    let length = if length < 0xfff { length } else { memchr::memchr(0, index.get(name..)?)? };
    Some(at + ((name - at + length + 8) & !7))
}

/// Version 4: how many bytes to drop from the name before (7 bits a byte, the last without its high bit), the rest, NUL.
fn end_of_compressed(index: &[u8], at: usize) -> Option<usize> {
    let (mut name, _) = start_of_name(index, at)?;
    while index.get(name)? & 0x80 != 0 {
        name += 1;
    }
    name += 1;
    Some(name + memchr::memchr(0, index.get(name..)?)? + 1)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    fn staged_tree(fixture: &Fixture) -> Option<String> {
        root(&fixture.root().join(".git/index")).map(|id| id.to_string())
    }

    #[test]
    fn the_root_is_the_tree_that_git_would_commit_in_every_version_of_the_format() {
        for (version, threads) in [("2", "1"), ("3", "1"), ("4", "1"), ("2", "4"), ("4", "4")] {
            let fixture = Fixture::new();
            fixture.git(&["config", "index.threads", threads]);
            fixture.git(&["config", "index.version", version]);
            fixture.write("a/b/c.txt", "1\n");
            fixture.write("z", "2\n");
            fixture.git(&["add", "a/b", "z"]);
            if version == "3" {
                fixture.write("later", "");
                fixture.git(&["add", "-N", "later"]);
            }
            let tree = fixture.git(&["write-tree"]);
            if version != "3" {
                assert_eq!(staged_tree(&fixture), Some(tree), "version {version}, threads {threads}");
            }
            fixture.write("z", "3\n");
            fixture.git(&["add", "z"]);
            assert_eq!(staged_tree(&fixture), None, "out of date after an add");
        }
    }

    #[test]
    fn a_large_index_is_read_from_its_end() {
        let fixture = Fixture::new();
        let blob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
        let long = "TREE".repeat(40);
        let lines: String = (0..6000).map(|n| format!("100644 {blob} 0\t{}/{long}{n}\n", n % 50)).collect();
        fixture.write("list", lines);
        fixture.git(&["hash-object", "-w", "/dev/null"]);
        fixture.git(&["-c", "alias.fill=!git update-index --index-info < list", "fill"]);
        let tree = fixture.git(&["write-tree"]);
        assert!(std::fs::metadata(fixture.root().join(".git/index")).unwrap().len() > 2 * TAIL);
        assert_eq!(staged_tree(&fixture), Some(tree));
    }

    #[test]
    fn a_damaged_index_has_no_root() {
        let fixture = Fixture::new();
        fixture.write("a/b", "1\n");
        fixture.git(&["add", "-A"]);
        fixture.git(&["write-tree"]);
        let index = std::fs::read(fixture.root().join(".git/index")).unwrap();
        for length in 0..index.len() {
            let _ = root_of(&index[..length]);
        }
        for at in 0..index.len() {
            let mut damaged = index.clone();
            damaged[at] ^= 0xff;
            let _ = root_of(&damaged);
        }
        assert!(root_of(&index[..index.len() - 1]).is_none());
        assert!(root_of(&index).is_some());
        let start = cache_tree_in(&index).map(root_entry);
        assert_eq!(start.flatten(), root_of(&index));
    }
}
