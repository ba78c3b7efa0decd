//! A drawn picture → PNG bytes, with the machine's own fonts. Never reads anything but fonts: the picture refers to nothing.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::Plot;

/// Pixels per unit of the drawing.
const SCALE: f32 = 2.0;

/// Why there is no picture in pixels.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RasterError {
    /// No font to write the words with.
    #[error("this machine has no sans-serif font to write the plots' words with")]
    NoFont,
    /// It could not be read back or does not fit into memory.
    #[error("the plot {name} could not be turned into pixels")]
    Unfit {
        /// The plot's name.
        name: String,
    },
}

/// The plot as PNG, two pixels per unit.
///
/// # Errors
/// If the machine has no font, or no memory for the pixels.
pub fn png(plot: &Plot) -> Result<Vec<u8>, RasterError> {
    let mut options = Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_system_fonts();
    let family = fonts
        .faces()
        .filter(|face| face.style == resvg::usvg::fontdb::Style::Normal)
        .find_map(|face| {
            let name = &face.families.first()?.0;
            [
                "DejaVu Sans",
                "Liberation Sans",
                "Noto Sans",
                "Arial",
                "Helvetica",
            ]
            .contains(&name.as_str())
            .then(|| name.clone())
        })
        .or_else(|| Some(fonts.faces().next()?.families.first()?.0.clone()))
        .ok_or(RasterError::NoFont)?;
    fonts.set_sans_serif_family(family);
    let unfit = || RasterError::Unfit {
        name: plot.name.clone(),
    };
    let tree = Tree::from_str(&plot.svg, &options).map_err(|_| unfit())?;
    let size = tree.size();
    let mut pixels = Pixmap::new(
        (size.width() * SCALE).ceil() as u32,
        (size.height() * SCALE).ceil() as u32,
    )
    .ok_or_else(unfit)?;
    resvg::render(
        &tree,
        Transform::from_scale(SCALE, SCALE),
        &mut pixels.as_mut(),
    );
    pixels.encode_png().map_err(|_| unfit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_becomes_pixels_of_twice_its_size() {
        let series = [("lessonl".to_owned(), vec![(0, 1.0), (1, 2.0)])];
        let plot = super::super::lines("x", &series).unwrap();
        match png(&plot) {
            Ok(bytes) => {
                assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
                assert_eq!(u32::from_be_bytes(bytes[16..20].try_into().unwrap()), 1520);
            }
            Err(RasterError::NoFont) => eprintln!("skipped: no font on this machine"),
            Err(other) => panic!("{other}"),
        }
    }
}
