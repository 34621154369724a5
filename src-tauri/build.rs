//! Makes of the window's configuration and capabilities what is built into the program. The two handlers are named, so
//! that no page may call one without the capability.

const SCREENS: &str = "../ui/visit/dist";

fn main() {
    // Screens that are not built yet leave the window empty, but keep no check from running.
    if let Err(error) = std::fs::create_dir_all(SCREENS) {
        eprintln!("{SCREENS}: {error}");
        std::process::exit(1);
    }
    println!("cargo::rerun-if-changed={SCREENS}");
    let handlers = tauri_build::AppManifest::new().commands(&["command", "command_with_bytes"]);
    let attributes = tauri_build::Attributes::new().app_manifest(handlers);
    if let Err(error) = tauri_build::try_build(attributes) {
        eprintln!("{error:#}");
        std::process::exit(1);
    }
}
