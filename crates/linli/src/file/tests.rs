//! Photos: what is taken, what is not, and what is left in the bytes.

use std::io::Cursor;
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::{MOST_BYTES, Shelf, StoredFile, pass, take_blocking};
use crate::act::Failure;
use crate::testing;

/// A picture whose upper left quarter is red and the rest grey.
pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let corner = |x, y| x < width / 2 && y < height / 2;
    let paint = |x, y| if corner(x, y) { Rgb([200, 20, 20]) } else { Rgb([90, 90, 90]) };
    written(DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, paint)), ImageFormat::Jpeg)
}

fn written(picture: DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Vec::new();
    picture.write_to(&mut Cursor::new(&mut out), format).unwrap();
    out
}

/// As a phone writes it: turned by a quarter, with a position and the name of the device.
pub(crate) fn with_exif(jpeg: &[u8]) -> Vec<u8> {
    let mut tiff: Vec<u8> = b"II*\0\x08\0\0\0".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        let mut out = [tag.to_le_bytes(), kind.to_le_bytes()].concat();
        out.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
        out
    };
    tiff.extend(3_u16.to_le_bytes());
    tiff.extend(entry(0x010f, 2, 10, 50));
    tiff.extend(entry(0x0112, 3, 1, 6));
    tiff.extend(entry(0x8825, 4, 1, 60));
    tiff.extend(0_u32.to_le_bytes());
    tiff.extend(b"SecretCam\0");
    tiff.extend(1_u16.to_le_bytes());
    tiff.extend(entry(0x0001, 2, 2, u32::from_le_bytes(*b"N\0\0\0")));
    tiff.extend(0_u32.to_le_bytes());
    let mut out = vec![0xff, 0xd8, 0xff, 0xe1];
    out.extend((tiff.len() as u16 + 8).to_be_bytes());
    out.extend(b"Exif\0\0");
    out.extend(&tiff);
    out.extend(&jpeg[2..]);
    out
}

fn has(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|part| part == what)
}

#[test]
fn a_photo_loses_where_and_with_what_it_was_taken_and_stands_upright() {
    let world = testing::worlds(&testing::wiring()).remove(0);
    let shelf = Shelf::of(&world.district);
    let original = with_exif(&jpeg(400, 200));
    assert!(has(&original, b"SecretCam") && has(&original, b"Exif"));
    let stored = take_blocking(&shelf, "photos", &original).unwrap();
    let kept = shelf.read(&stored.hash, false).unwrap();
    for secret in [&b"SecretCam"[..], b"Exif", b"GPS"] {
        assert!(!has(&kept, secret), "still there: {}", String::from_utf8_lossy(secret));
    }
    assert_eq!((stored.width, stored.height), (200, 400), "turned by a quarter");
    let upright = image::load_from_memory(&kept).unwrap().to_rgb8();
    let red = |x: u32, y: u32| upright.get_pixel(x, y).0[0] > 150;
    assert!(red(150, 100) && !red(50, 100) && !red(150, 300), "the red corner is upper right now");
    assert_eq!(stored.original_hash, crate::base::secret::sha256_hex(&original));
    assert_eq!(stored.hash, crate::base::secret::sha256_hex(&kept));
    assert_eq!(shelf.find(&stored.hash), Some(stored.clone()));
    assert_eq!(take_blocking(&shelf, "photos", &original).unwrap(), stored, "taken once");
    let path = world.dir().join("files").join(&stored.hash[..2]).join(&stored.hash[2..4]);
    let names = std::fs::read_dir(path).unwrap().count();
    assert_eq!(names, 3, "the photo, its small picture and its slip, and no drafts");
}

#[test]
fn large_photos_become_small_and_every_usual_format_a_jpeg() {
    let world = testing::worlds(&testing::wiring()).remove(0);
    let shelf = Shelf::of(&world.district);
    let size = |stored: &StoredFile, small| {
        let bytes = shelf.read(&stored.hash, small).unwrap();
        assert_eq!(image::guess_format(&bytes).unwrap(), ImageFormat::Jpeg);
        let picture = image::load_from_memory(&bytes).unwrap();
        (picture.width(), picture.height())
    };
    let large = take_blocking(&shelf, "photos", &jpeg(3200, 800)).unwrap();
    assert_eq!((size(&large, false), size(&large, true)), ((1600, 400), (320, 80)));
    let clear = RgbaImage::from_pixel(10, 10, Rgba([0, 0, 0, 0]));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let bytes = written(DynamicImage::ImageRgba8(clear.clone()), format);
        let stored = take_blocking(&shelf, "photos", &bytes).unwrap();
        let kept = image::load_from_memory(&shelf.read(&stored.hash, false).unwrap()).unwrap();
        assert!(kept.to_rgb8().get_pixel(5, 5).0.iter().all(|c| *c > 250), "clear is white");
        assert_eq!(size(&stored, true), (10, 10), "a small one stays as small as it is");
    }
}

/// A PNG with a colour profile that is this many zeros: a thousand of them take a byte.
fn png_with_profile(zeros: usize) -> Vec<u8> {
    use std::io::Write as _;
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&vec![0; zeros]).unwrap();
    let chunk = [&b"iCCPx\0\0"[..], &packed.finish().unwrap()].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&chunk);
    let plain = written(DynamicImage::new_rgb8(20, 20), ImageFormat::Png);
    // Behind the signature and the header.
    let (head, rest) = plain.split_at(33);
    let length = u32::try_from(chunk.len() - 4).unwrap();
    [head, &length.to_be_bytes(), &chunk, &crc.sum().to_be_bytes(), rest].concat()
}

#[test]
fn what_stands_before_a_picture_does_not_unfold_into_gigabytes() {
    let profile = |bytes: &[u8]| {
        let mut decoder = super::photo::decoder(bytes, ImageFormat::Png).unwrap();
        image::ImageDecoder::icc_profile(&mut decoder).unwrap().map(|profile| profile.len())
    };
    assert_eq!(profile(&png_with_profile(3000)), Some(3000));
    let bomb = png_with_profile(65 * 1024 * 1024);
    assert!(bomb.len() < 100_000);
    assert_eq!(profile(&bomb), None, "it was unpacked");
    let world = testing::worlds(&testing::wiring()).remove(0);
    let taken = take_blocking(&Shelf::of(&world.district), "photos", &bomb).unwrap();
    assert_eq!((taken.width, taken.height), (20, 20));
}

/// A PNG of which the header says `side` by `side`, and nothing more.
fn png_that_claims(side: u32) -> Vec<u8> {
    let mut head = b"IHDR".to_vec();
    head.extend(side.to_be_bytes());
    head.extend(side.to_be_bytes());
    head.extend([8, 2, 0, 0, 0]);
    let mut crc = flate2::Crc::new();
    crc.update(&head);
    let mut out = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    out.extend(&head);
    out.extend(crc.sum().to_be_bytes());
    out.extend(b"\0\0\0\x01IDAT\0\0\0\0\0");
    out
}

fn jpeg_that_claims(side: u16) -> Vec<u8> {
    let mut out = jpeg(16, 16);
    let at = out.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    out[at + 5..at + 7].copy_from_slice(&side.to_be_bytes());
    out[at + 7..at + 9].copy_from_slice(&side.to_be_bytes());
    out
}

#[test]
fn what_is_no_photo_is_refused_at_once_with_its_reason() {
    let world = testing::worlds(&testing::wiring()).remove(0);
    let shelf = Shelf::of(&world.district);
    let whole = jpeg(300, 300);
    let exif = with_exif(&whole);
    let mut padded = whole.clone();
    padded.resize(MOST_BYTES + 1, 0);
    let png = written(DynamicImage::new_rgb8(200, 200), ImageFormat::Png);
    let bad: [(&str, Vec<u8>, &str); 12] = [
        ("nothing", Vec::new(), "photo_empty"),
        ("too many bytes", padded, "photo_too_large"),
        ("a page", b"<html><script>alert(1)</script>".to_vec(), "not_a_photo"),
        ("a program", b"\x7fELF\x02\x01\x01\0\0\0\0\0".to_vec(), "not_a_photo"),
        ("a GIF", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), "not_a_photo"),
        ("a drawing that runs scripts", b"<svg onload='x()'/>".to_vec(), "not_a_photo"),
        ("a PNG bomb", png_that_claims(30_000), "photo_too_many_points"),
        ("a JPEG bomb", jpeg_that_claims(30_000), "photo_too_many_points"),
        ("half a JPEG", whole[..whole.len() / 2].to_vec(), "photo_broken"),
        ("half a JPEG with notes", exif[..exif.len() - 40].to_vec(), "photo_broken"),
        ("half a PNG", png[..png.len() / 2].to_vec(), "photo_broken"),
        ("a JPEG's first bytes", vec![0xff, 0xd8, 0xff], "photo_broken"),
    ];
    for (what, bytes, code) in bad {
        let began = Instant::now();
        let problems = match take_blocking(&shelf, "after", &bytes) {
            Err(Failure::Invalid(problems)) => problems,
            other => panic!("{what}: {other:?}"),
        };
        assert_eq!((problems[0].field.as_str(), problems[0].code), ("after", code), "{what}");
        assert!(began.elapsed() < Duration::from_millis(200), "{what}: {:?}", began.elapsed());
    }
    assert!(!world.dir().join("files").exists(), "nothing was stored");
}

#[test]
fn what_hangs_on_a_photo_does_not_come_along() {
    let world = testing::worlds(&testing::wiring()).remove(0);
    let shelf = Shelf::of(&world.district);
    let page = b"<script>alert('here')</script>";
    let archive = b"PK\x03\x04 an archive PK\x05\x06";
    let exif = with_exif(&jpeg(64, 48));
    let hung = [jpeg(64, 48), page.to_vec(), archive.to_vec()].concat();
    // A comment segment right behind the first marker.
    let said = [&[0xff, 0xfe, 0, 32][..], page].concat();
    let within = [&jpeg(64, 48)[..2], &said, &jpeg(64, 48)[2..]].concat();
    for (what, bytes) in [("behind", hung), ("within", within), ("notes", exif)] {
        let taken =
            take_blocking(&shelf, "photos", &bytes).unwrap_or_else(|e| panic!("{what}: {e}"));
        for small in [false, true] {
            let kept = shelf.read(&taken.hash, small).unwrap();
            assert!(kept.starts_with(&[0xff, 0xd8]) && kept.ends_with(&[0xff, 0xd9]), "{what}");
            for part in [&page[..], b"PK\x03\x04", b"Exif"] {
                assert!(!has(&kept, part), "{what} {small}");
            }
        }
    }
}

#[test]
fn a_ticket_opens_only_its_own_photo() {
    let world = testing::worlds(&testing::wiring()).remove(0);
    let keys = &world.district.keys;
    let stored = take_blocking(&Shelf::of(&world.district), "photos", &jpeg(20, 20)).unwrap();
    let ticket = pass::ticket(keys, &stored.hash);
    assert_eq!(pass::redeem(&world.district, &ticket), Some(stored.clone()));
    let other = "0".repeat(64);
    let pass_of_other = pass::of(keys, &other);
    for bad in [
        String::new(),
        stored.hash.clone(),
        format!("{}.", stored.hash),
        format!("{}.{pass_of_other}", stored.hash),
        pass::ticket(keys, &other),
        "../../district.toml.x".to_owned(),
    ] {
        assert_eq!(pass::redeem(&world.district, &bad), None, "{bad}");
    }
}

/// Makes everything of a photo look as old as so many hours.
pub(crate) fn age(world: &testing::World, hash: &str, hours: u64) {
    let folder = world.dir().join("files").join(&hash[..2]).join(&hash[2..4]);
    let now = u64::try_from(world.district.now().0).unwrap();
    let at = std::time::UNIX_EPOCH + Duration::from_micros(now) - Duration::from_secs(3600 * hours);
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = std::fs::File::options().append(true).open(entry.unwrap().path()).unwrap();
        file.set_modified(at).unwrap();
    }
}

#[test]
fn a_photo_no_case_names_is_removed_after_a_day() {
    testing::both_engines(|world| {
        let shelf = Shelf::of(&world.district);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let sweep = || runtime.block_on(super::sweep(&world.district)).unwrap();
        let take = |side: u32| take_blocking(&shelf, "photos", &jpeg(side, 20)).unwrap();
        let (named, left, fresh, again) = (take(20), take(24), take(28), take(32));
        name(world, &named);
        for old in [&named, &left, &again] {
            age(world, &old.hash, 25);
        }
        age(world, &fresh.hash, 23);
        assert_eq!(sweep(), super::Swept { put_aside: 2, ..super::Swept::default() });
        assert_eq!(shelf.find(&left.hash), None, "no act can name it any more");
        assert!(shelf.read(&left.hash, false).is_some(), "it is still there for one more pass");
        assert_eq!(take(32), again, "taken in again");
        assert_eq!(sweep(), super::Swept { removed: 1, ..super::Swept::default() });
        for kept in [&named, &fresh, &again] {
            assert!(shelf.find(&kept.hash).is_some() && shelf.read(&kept.hash, true).is_some());
        }
        for small in [false, true] {
            assert_eq!(shelf.read(&left.hash, small), None);
        }
        assert_eq!(sweep(), super::Swept::default());
    });
}

#[test]
fn what_a_power_cut_left_of_a_photo_is_removed_after_a_day() {
    testing::both_engines(|world| {
        let shelf = Shelf::of(&world.district);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let sweep = || runtime.block_on(super::sweep(&world.district)).unwrap();
        let take = |side: u32| take_blocking(&shelf, "photos", &jpeg(side, 20)).unwrap();
        let (lone, fresh, named) = (take(40), take(44), take(48));
        name(world, &named);
        let beside = |photo: &StoredFile, name: &str| {
            let hash = &photo.hash;
            let folder = world.district.files_dir().join(&hash[..2]).join(&hash[2..4]);
            folder.join(format!("{hash}.{name}"))
        };
        std::fs::write(beside(&lone, "w320.00aa.part"), "half a picture").unwrap();
        for photo in [&lone, &fresh, &named] {
            std::fs::remove_file(beside(photo, "json")).unwrap();
        }
        age(world, &lone.hash, 25);
        age(world, &named.hash, 25);
        assert_eq!(sweep(), super::Swept { removed: 1, ..super::Swept::default() });
        let folder = beside(&lone, "jpg");
        let left = std::fs::read_dir(folder.parent().unwrap()).unwrap();
        let left = left.filter(|one| {
            one.as_ref().unwrap().file_name().to_str().unwrap().starts_with(&lone.hash)
        });
        assert_eq!(left.count(), 0);
        for kept in [&fresh, &named] {
            assert!(
                shelf.read(&kept.hash, false).is_some() && shelf.read(&kept.hash, true).is_some()
            );
        }
    });
}

#[test]
fn a_photo_is_known_before_its_pictures_lie_there() {
    let world = testing::worlds(&testing::wiring()).remove(0);
    let shelf = Shelf::of(&world.district);
    let photo = take_blocking(&shelf, "photos", &jpeg(52, 20)).unwrap();
    let hash = &photo.hash;
    let folder = world.district.files_dir().join(&hash[..2]).join(&hash[2..4]);
    std::fs::remove_dir_all(&folder).unwrap();
    // The disk is full when the picture is to be written: a folder stands where it should lie.
    std::fs::create_dir_all(folder.join(format!("{hash}.jpg"))).unwrap();
    assert!(take_blocking(&shelf, "photos", &jpeg(52, 20)).is_err());
    assert!(shelf.find(hash).is_some(), "so that it is swept away with whatever was written");
}

#[test]
fn a_photo_named_while_it_was_put_aside_comes_back() {
    testing::both_engines(|world| {
        let shelf = Shelf::of(&world.district);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let sweep = || runtime.block_on(super::sweep(&world.district)).unwrap();
        let photo = take_blocking(&shelf, "photos", &jpeg(36, 20)).unwrap();
        age(world, &photo.hash, 25);
        assert_eq!(sweep().put_aside, 1);
        name(world, &photo);
        assert_eq!(sweep(), super::Swept { put_back: 1, ..super::Swept::default() });
        assert_eq!(shelf.find(&photo.hash), Some(photo));
    });
}

/// Enters a photo as the act that names it does.
fn name(world: &testing::World, photo: &StoredFile) {
    let sql = "insert into file (id, media, size, original_hash, small_hash, created_at)
               values ($1, 'image/jpeg', 1, 'x', 'x', 0)";
    let hash = photo.hash.clone();
    let write = world.district.store();
    write
        .write_blocking(move |tx| tx.write(super::FILE, &hash, sql, crate::params![hash]))
        .unwrap();
}
