//! `hudang photo inspect|compare`.

use std::path::Path;

use hudang_evidence::id::BlobHash;
use hudang_media::lang::Lang;
use hudang_media::photo::{Limits, PhotoError, REUSE_DISTANCE_MAX, fingerprint, inspect};
use serde::Serialize;

use crate::args::Photo;
use crate::commands::read;
use crate::error::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Inspected {
    file: String,
    format: &'static str,
    bytes: u64,
    width: u32,
    height: u32,
    orientation: u8,
    taken: Option<String>,
    lat_e7: Option<i32>,
    lon_e7: Option<i32>,
    truncated: bool,
    dhash64: Option<String>,
    sha256: String,
}

#[derive(Serialize)]
struct Compared {
    distance: u32,
    same_scene: bool,
}

pub(crate) fn run(command: Photo, output: &Output) -> Result<(), Failure> {
    match command {
        Photo::Inspect { files } => {
            let found: Vec<Inspected> = files.iter().map(|file| one(file)).collect::<Result<_, _>>()?;
            output.result(&found, |found| {
                let heads = [
                    ("文件", "file"),
                    ("格式", "format"),
                    ("宽×高", "width×height"),
                    ("方向", "orientation"),
                    ("拍摄时间", "taken"),
                    ("位置 1e-7°", "position 1e-7°"),
                    ("完整", "whole"),
                    ("dHash", "dHash"),
                    ("SHA-256", "SHA-256"),
                ];
                output.table(&heads, found.iter().map(|one| row(one, output)));
            })
        }
        Photo::Compare { first, second } => {
            let print = |file: &Path| {
                fingerprint(&read(file)?, &Limits::default()).map_err(|error| refused(file, &error))
            };
            let distance = print(&first)?.distance(print(&second)?.upright());
            let compared = Compared {
                distance,
                same_scene: distance <= REUSE_DISTANCE_MAX,
            };
            output.result(&compared, |compared| {
                let verdict = if compared.same_scene {
                    output.say(
                        "疑似同一场景，请人工核对",
                        "may show one scene: a person must look",
                    )
                } else {
                    output.say("不同场景", "different scenes")
                };
                println!("{distance} / 64  {verdict}");
            })
        }
    }
}

fn refused(file: &Path, error: &PhotoError) -> Failure {
    Failure::new(error.code(), error.message(Lang::ZhCn), error.message(Lang::En))
        .because(&file.display())
        .found()
}

fn one(file: &Path) -> Result<Inspected, Failure> {
    let bytes = read(file)?;
    let limits = Limits::default();
    let facts = inspect(&bytes, &limits).map_err(|error| refused(file, &error))?;
    Ok(Inspected {
        file: file.display().to_string(),
        format: facts.format.as_str(),
        bytes: facts.size_bytes,
        width: facts.width,
        height: facts.height,
        orientation: facts.orientation.exif(),
        taken: facts.taken_local.map(|time| time.to_string()),
        lat_e7: facts.position.map(|at| at.lat_e7),
        lon_e7: facts.position.map(|at| at.lon_e7),
        truncated: facts.truncated,
        // A picture whose type is not decoded here is described all the same.
        dhash64: fingerprint(&bytes, &limits)
            .ok()
            .map(|print| print.upright().to_string()),
        sha256: BlobHash::of(&bytes).to_string(),
    })
}

fn row(photo: &Inspected, output: &Output) -> Vec<String> {
    let place = photo
        .lat_e7
        .zip(photo.lon_e7)
        .map(|(lat, lon)| format!("{lat} {lon}"));
    vec![
        photo.file.clone(),
        photo.format.to_owned(),
        format!("{}×{}", photo.width, photo.height),
        photo.orientation.to_string(),
        photo.taken.clone().unwrap_or_default(),
        place.unwrap_or_default(),
        if photo.truncated {
            output.say("截断", "cut off")
        } else {
            output.yes_no(true)
        }
        .to_owned(),
        photo.dhash64.clone().unwrap_or_default(),
        photo.sha256.clone(),
    ]
}
