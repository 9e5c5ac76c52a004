using System.Buffers.Binary;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using SkiaSharp;

namespace SspNative.Model.Media;

/// <summary>
/// The typeface of all drawn text, Inter, from files within this assembly: text looks the same on every machine, also on one without fonts.
/// </summary>
public static class InterTypeface
{
    public const string Name = "Inter";

    /// <summary>A package's assembly of font files, embedded whole.</summary>
    private const string Carrier = "Inter";

    /// <summary>The carrier's one resource.</summary>
    private const string Files = "!AvaloniaResources";

    private static readonly Lazy<Dictionary<string, byte[]>> _files = new(ReadFiles);

    private static readonly Lazy<SKTypeface> _semiBold = new(() => Create("SemiBold"));

    /// <summary>The weight that captions have; one for all of them, never disposed.</summary>
    internal static SKTypeface SemiBold => _semiBold.Value;

    /// <summary>The typeface in one of its weights, upright.</summary>
    /// <param name="style">Regular, Medium or SemiBold.</param>
    public static SKTypeface Create(string style = "Regular") => SKTypeface.FromData(SKData.CreateCopy(_files.Value[$"/Assets/Inter-{style}.ttf"]));

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
        using Stream stream = typeof(InterTypeface).Assembly.GetManifestResourceStream(Carrier)
            ?? throw new InvalidDataException($"this program holds no resource {Carrier}");
        using var carrier = new PEReader(stream);
        MetadataReader metadata = carrier.GetMetadataReader();
        ManifestResource resource = metadata.ManifestResources.Select(metadata.GetManifestResource).Single(r => metadata.StringComparer.Equals(r.Name, Files));
        int address = carrier.PEHeaders.CorHeader!.ResourcesDirectory.RelativeVirtualAddress + (int)resource.Offset;
        BlobReader content = carrier.GetSectionData(address).GetReader();
        return content.ReadBytes(content.ReadInt32());
    }
}
