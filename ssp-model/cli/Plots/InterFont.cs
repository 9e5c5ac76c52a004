using System.Buffers.Binary;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using ScottPlot;
using SkiaSharp;

namespace SspNative.Cli.Plots;

/// <summary>
/// The typeface of all plots, Inter, from files within this assembly: text looks the same on every machine, also on one without fonts.
/// </summary>
internal sealed class InterFont : IFontResolver
{
    public const string Name = "Inter";

    /// <summary>A package's assembly of font files, embedded whole.</summary>
    private const string Carrier = "Inter";

    /// <summary>The carrier's one resource.</summary>
    private const string Files = "!AvaloniaResources";

    private static readonly Lock _lock = new();
    private static bool _installed;

    private readonly Dictionary<string, byte[]> _files = ReadFiles();

    /// <summary>Makes the typeface known to the plotting library and its default; further calls do nothing.</summary>
    public static void Install()
    {
        lock (_lock)
        {
            if (_installed)
                return;
            Fonts.FontResolvers.Insert(0, new InterFont());
            Fonts.Default = Fonts.Sans = Name;
            _installed = true;
        }
    }

    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) =>
        CreateTypeface(fontName, bold ? FontWeight.Bold : FontWeight.Normal, FontSlant.Upright, FontSpacing.Normal);

    /// <returns>Null for other typefaces. There is no slanted one: upright stands for it.</returns>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing)
    {
        if (fontName != Name)
            return null;
        string style = weight >= FontWeight.SemiBold ? "SemiBold" : weight >= FontWeight.Medium ? "Medium" : "Regular";
        return SKTypeface.FromData(SKData.CreateCopy(_files[$"/Assets/Inter-{style}.ttf"]));
    }

    // Layout, little-endian: length of the index; its version, the count of files and, for each, path, offset and size; then the files.
    private static Dictionary<string, byte[]> ReadFiles()
    {
        byte[] bytes = FontFiles();
        int start = sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(bytes);
        using var index = new BinaryReader(new MemoryStream(bytes, sizeof(int), start - sizeof(int)), Encoding.UTF8);
        index.ReadInt32();
        var files = new Dictionary<string, byte[]>();
        for (int count = index.ReadInt32(); count > 0; count--)
        {
            string path = index.ReadString();
            int offset = index.ReadInt32(), size = index.ReadInt32();
            files.Add(path, bytes.AsSpan(start + offset, size).ToArray());
        }
        return files;
    }

    // The carrier's resource, read without loading the carrier as an assembly: a native program cannot.
    private static byte[] FontFiles()
    {
        using Stream stream = typeof(InterFont).Assembly.GetManifestResourceStream(Carrier)
            ?? throw new InvalidDataException($"this program holds no resource {Carrier}");
        using var carrier = new PEReader(stream);
        MetadataReader metadata = carrier.GetMetadataReader();
        ManifestResource resource = metadata.ManifestResources.Select(metadata.GetManifestResource).Single(r => metadata.StringComparer.Equals(r.Name, Files));
        int address = carrier.PEHeaders.CorHeader!.ResourcesDirectory.RelativeVirtualAddress + (int)resource.Offset;
        BlobReader content = carrier.GetSectionData(address).GetReader();
        return content.ReadBytes(content.ReadInt32());
    }
}
