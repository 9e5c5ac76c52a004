namespace SspNative.Model.Media;

/// <summary>
/// The classes of AVSBench-semantic and the colours that stand for them in its label pictures: PASCAL VOC's colours, in which
/// the bits of the index are dealt in turn to red, green and blue from the highest bit down.
/// </summary>
public static class Palette
{
    /// <summary>Name of every class by index: the background, then 70 names in alphabetical order.</summary>
    public static IReadOnlyList<string> ClassNames { get; } =
    [
        "background",
        "accordion", "airplane", "axe", "baby", "bassoon", "bell", "bird", "boat", "boy", "bus",
        "car", "cat", "cello", "clarinet", "clipper", "clock", "dog", "donkey", "drum", "duck",
        "elephant", "emergency-car", "erhu", "flute", "frying-food", "girl", "goose", "guitar", "gun", "guzheng",
        "hair-dryer", "handpan", "harmonica", "harp", "helicopter", "hen", "horse", "keyboard", "leopard", "lion",
        "man", "marimba", "missile-rocket", "motorcycle", "mower", "parrot", "piano", "pig", "pipa", "saw",
        "saxophone", "sheep", "sitar", "sorna", "squirrel", "tabla", "tank", "tiger", "tractor", "train",
        "trombone", "truck", "trumpet", "tuba", "ukulele", "utv", "vacuum-cleaner", "violin", "wolf", "woman",
    ];

    private static readonly Dictionary<int, byte> _indexOfColour = IndexColours();

    /// <summary>The colour of a label: unique for all 256 labels; 0 is black.</summary>
    public static (byte R, byte G, byte B) Colour(byte label)
    {
        int red = 0, green = 0, blue = 0;
        for (int bit = 7, rest = label; rest > 0; bit--, rest >>= 3)
        {
            red |= (rest & 1) << bit;
            green |= (rest >> 1 & 1) << bit;
            blue |= (rest >> 2 & 1) << bit;
        }
        return ((byte)red, (byte)green, (byte)blue);
    }

    /// <summary>The picture in which every label shows in its colour.</summary>
    public static Image Paint(LabelMap labels)
    {
        var image = new Image(labels.Width, labels.Height);
        for (int i = 0; i < labels.Labels.Length; i++)
            (image.Rgb[3 * i], image.Rgb[3 * i + 1], image.Rgb[3 * i + 2]) = Colour(labels.Labels[i]);
        return image;
    }

    /// <summary>The labels that a coloured picture shows. Colours must match exactly.</summary>
    /// <param name="source">Where the picture came from, for the message.</param>
    /// <exception cref="InputException">A pixel has a colour that stands for none of the 71 classes.</exception>
    public static LabelMap Read(Image image, string source)
    {
        var labels = new LabelMap(image.Width, image.Height);
        for (int i = 0; i < labels.Labels.Length; i++)
        {
            (byte r, byte g, byte b) = (image.Rgb[3 * i], image.Rgb[3 * i + 1], image.Rgb[3 * i + 2]);
            if (!_indexOfColour.TryGetValue(Key(r, g, b), out labels.Labels[i]))
                throw new InputException(
                    $"{source}: the colour ({r}, {g}, {b}) of pixel ({i % image.Width}, {i / image.Width}) stands for no class");
        }
        return labels;
    }

    private static int Key(byte r, byte g, byte b) => r << 16 | g << 8 | b;

    private static Dictionary<int, byte> IndexColours()
    {
        var index = new Dictionary<int, byte>();
        for (int label = 0; label < ClassNames.Count; label++)
        {
            (byte r, byte g, byte b) = Colour((byte)label);
            index.Add(Key(r, g, b), (byte)label);
        }
        return index;
    }
}
