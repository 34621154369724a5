//! A household's file: readable, complete, and harmless whatever people wrote.

#![allow(clippy::disallowed_methods, reason = "reads what was written")]

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{self, Cursor, Read};

    use hudang_dossier::{Household, Original, Return, Visit, write};
    use hudang_evidence::id::Sha256;
    use serde_json::json;

    fn household(photo: &[u8]) -> Household {
        let original = |bytes: &[u8], mime: &str, is_held: bool| Original {
            sha256: Sha256::of(bytes).to_string(),
            purpose: "门牌".to_owned(),
            mime: mime.to_owned(),
            held_bytes: is_held.then_some(bytes.len() as u64),
        };
        Household {
            code: "户-001".to_owned(),
            address: String::new(),
            head: "<script>alert(1)</script>".to_owned(),
            visits: vec![Visit {
                id: "01JQ0000000000000000000000".to_owned(),
                contract: "HT-2026-001".to_owned(),
                state: "已计数".to_owned(),
                reasons: Vec::new(),
                outcome: "done".to_owned(),
                opened: "2026-03-20".to_owned(),
                answers: [("head/name".to_owned(), json!("\"><img src=x>"))].into(),
                withheld: 2,
                returns: vec![Return {
                    heading: "2026-03-21 东乌旗民政局经办".to_owned(),
                    comments: vec!["门牌：看不清 <3 号>".to_owned()],
                }],
                findings: vec![("PHOTO-ALIKE".to_owned(), json!({ "distance": 4 }))],
                entries: vec![b"an entry".to_vec()],
                seals: vec![b"a seal".to_vec()],
                receipts: Vec::new(),
                snapshots: vec![(b"{}".to_vec(), Vec::new())],
                keys: vec![("dev/a+b".to_owned(), "jia".to_owned())],
                originals: vec![
                    original(photo, "image/jpeg", true),
                    original(b"late", "audio/webm", false),
                ],
            }],
        }
    }

    #[test]
    fn all_of_it_is_there_and_summed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("file");
        let open = |_: &str| Ok(Box::new(Cursor::new(b"photo".to_vec())) as Box<dyn Read>);
        let files = write(&household(b"photo"), &root, &open).unwrap();
        let sums = fs::read_to_string(root.join("SHA256SUMS")).unwrap();
        assert_eq!((files, sums.lines().count()), (6, 6));
        for line in sums.lines() {
            let (sum, name) = line.split_once("  ").unwrap();
            assert_eq!(
                Sha256::of(&fs::read(root.join(name)).unwrap()).to_string(),
                sum,
                "{name}"
            );
        }
        let page = fs::read_to_string(root.join("index.html")).unwrap();
        assert!(!page.contains("<script>") && !page.contains("<img src=x>"));
        assert!(page.contains("另有 2 项") && page.contains("原件未到") && page.contains("PHOTO-ALIKE"));
        assert!(page.contains("退回 2026-03-21 东乌旗民政局经办") && page.contains("看不清 &lt;3 号&gt;"));
        assert_eq!(
            write(&household(b"photo"), &root, &open).unwrap_err().code(),
            "DOSSIER-NOT-EMPTY"
        );
    }

    /// What stands in a directory.
    fn names(folder: &std::path::Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn an_export_that_breaks_off_leaves_nothing_that_looks_finished() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("file");
        fs::create_dir(&root).unwrap();
        let cut = |_: &str| Ok(Box::new(Cursor::new(b"pho".to_vec())) as Box<dyn Read>);
        let error = write(&household(b"photo"), &root, &cut).unwrap_err();
        assert_eq!(error.code(), "DOSSIER-ALTERED");
        assert_eq!(names(folder.path()), ["file"]);
        assert!(names(&root).is_empty());

        // As a kill leaves it: the mark still stands.
        let left = folder.path().join("file.unfinished");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("UNFINISHED"), b"").unwrap();
        fs::write(left.join("index.html"), b"half").unwrap();
        let open = |_: &str| Ok(Box::new(Cursor::new(b"photo".to_vec())) as Box<dyn Read>);
        write(&household(b"photo"), &root, &open).unwrap();
        assert_eq!(names(folder.path()), ["file"]);
        assert!(!root.join("UNFINISHED").exists() && root.join("SHA256SUMS").exists());
    }

    #[test]
    fn a_directory_of_somebody_else_is_not_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let theirs = folder.path().join("file.unfinished");
        fs::create_dir(&theirs).unwrap();
        fs::write(theirs.join("novel.txt"), b"chapter one").unwrap();
        let open = |_: &str| Ok(Box::new(Cursor::new(b"photo".to_vec())) as Box<dyn Read>);
        let error = write(&household(b"photo"), &folder.path().join("file"), &open).unwrap_err();
        assert_eq!(error.code(), "DOSSIER-NOT-EMPTY");
        assert_eq!(names(&theirs), ["novel.txt"]);
    }

    #[test]
    fn an_altered_original_is_not_exported() {
        let folder = tempfile::tempdir().unwrap();
        let altered = |_: &str| Ok(Box::new(Cursor::new(b"other".to_vec())) as Box<dyn Read>);
        let error = write(&household(b"photo"), &folder.path().join("a"), &altered).unwrap_err();
        assert_eq!(error.code(), "DOSSIER-ALTERED");
        let gone = |_: &str| Err(io::Error::from(io::ErrorKind::NotFound));
        let error = write(&household(b"photo"), &folder.path().join("b"), &gone).unwrap_err();
        assert_eq!(error.code(), "DOSSIER-IO");
    }
}
