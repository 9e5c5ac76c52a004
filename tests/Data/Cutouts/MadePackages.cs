using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SkiaSharp;
using SspNative.Model.Data.Cutouts;
using SspNative.Model.Data.Synthetic;
using SspNative.Tests.Support;

namespace SspNative.Tests.Data.Cutouts;

/// <summary>
/// Folders like the unpacked packages. All that is for testing is blue, all else red: discs with a hole before dark photographs. Recordings are tones with
/// a pause.
/// </summary>
internal static class MadePackages
{
    public const int Side = 40;

    public static CutoutFolders Write(TemporaryFolder folder)
    {
        string stamps = folder["stamps/usr/share/tuxpaint/stamps"];
        foreach (CutoutClass known in CutoutClass.All)
            foreach (string stamp in known.Stamps)
            {
                Save(Path.Combine(stamps, $"{stamp}.png"), Disc(SKColors.Red));
                Save(Path.Combine(stamps, $"{stamp}.ogg"), Tone());
            }
        foreach ((string name, SKColor colour) in ((string, SKColor)[])[("apple", SKColors.Blue), ("brush", SKColors.Red), ("cup", SKColors.Red)])
            Save(Path.Combine(stamps, $"household/{name}.png"), Disc(colour));
        Save(Path.Combine(stamps, "symbols/alphabets/a.png"), Disc(SKColors.Lime));
        Save(folder["stamps/usr/share/doc/tuxpaint-stamps-default/copyright"], "License: GPL-2"u8.ToArray());
        foreach (string activity in (string[])["instruments", "explore_farm_animals"])
        {
            var files = new Dictionary<string, byte[]> { [$"gcompris/src/activities/{activity}/resource/README"] = "License: GPLv3"u8.ToArray() };
            foreach (CutoutClass known in CutoutClass.All)
                foreach ((string picture, string sound) in known.Resources.Where(r => r.Picture.Contains($"/{activity}/", StringComparison.Ordinal)))
                {
                    files[picture] = Disc(known.Stamps.Length > 0 ? SKColors.Blue : SKColors.Red);
                    files[sound] = Tone();
                }
            Save(folder[$"gcompris/usr/share/gcompris-qt/rcc/{activity}.rcc"], Resources(files));
        }
        for (int i = 0; i < 4; i++)
            Save(folder[$"backgrounds/{i}.jpg"], Photograph());
        return new CutoutFolders(folder["stamps"], folder["gcompris"], folder["backgrounds"]);
    }

    /// <summary>A disc with a hole, as PNG with opacity.</summary>
    public static byte[] Disc(SKColor colour)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(Side, Side, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int y = 0; y < Side; y++)
            for (int x = 0; x < Side; x++)
            {
                double radius = Math.Sqrt((x - 19.5) * (x - 19.5) + (y - 19.5) * (y - 19.5));
                bitmap.SetPixel(x, y, radius is < 20 and > 6 ? colour : SKColors.Transparent);
            }
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    /// <summary>A file of Qt's resources, version 3; every second file is compressed.</summary>
    public static byte[] Resources(IReadOnlyDictionary<string, byte[]> files)
    {
        var root = new Node("", null);
        foreach ((string path, byte[] bytes) in files)
        {
            Node at = root;
            string[] parts = path.Split('/');
            for (int i = 0; i < parts.Length; i++)
            {
                Node? next = at.Children.Find(c => c.Name == parts[i]);
                if (next is null)
                    at.Children.Add(next = new Node(parts[i], i == parts.Length - 1 ? bytes : null));
                at = next;
            }
        }
        var order = new List<Node> { root };
        for (int i = 0; i < order.Count; i++)
            order.AddRange(order[i].Children);
        MemoryStream tree = new(), data = new(), names = new();
        foreach ((int index, Node node) in order.Index())
        {
            Write(tree, 4, names.Length);
            Write(names, 2, node.Name.Length);
            Write(names, 4, 0);
            names.Write(Encoding.BigEndianUnicode.GetBytes(node.Name));
            if (node.Bytes is not { } bytes)
            {
                Write(tree, 2, 2);
                Write(tree, 4, node.Children.Count);
                Write(tree, 4, node.Children.Count == 0 ? index + 1 : order.IndexOf(node.Children[0]));
            }
            else
            {
                bool packs = index % 2 == 1;
                byte[] stored = packs ? Packed(bytes) : bytes;
                Write(tree, 2, packs ? 1 : 0);
                Write(tree, 4, 0);
                Write(tree, 4, data.Length);
                Write(data, 4, stored.Length);
                data.Write(stored);
            }
            Write(tree, 8, 0);
        }
        const int header = 24;
        var all = new MemoryStream();
        all.Write("qres"u8);
        foreach (long word in (long[])[3, header + data.Length + names.Length, header, header + data.Length, 1])
            Write(all, 4, word);
        foreach (MemoryStream part in (MemoryStream[])[data, names, tree])
            all.Write(part.ToArray());
        return all.ToArray();
    }

    private static byte[] Packed(byte[] bytes)
    {
        var packed = new MemoryStream();
        Write(packed, 4, bytes.Length);
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(bytes);
        return packed.ToArray();
    }

    // A second of a tone, a second of nothing.
    private static byte[] Tone() => Soundtrack.ToWav([.. Enumerable.Range(0, 32000).Select(i => (short)(i < 16000 ? 8000 * Math.Sin(0.3 * i) : 0))]);

    private static byte[] Photograph()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(60, 50, SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.Erase(new SKColor(30, 60, 30));
        using SKData jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return jpeg.ToArray();
    }

    private static void Save(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    private static void Write(MemoryStream stream, int bytes, long value)
    {
        byte[] word = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(word, value);
        stream.Write(word.AsSpan(8 - bytes));
    }

    private sealed record Node(string Name, byte[]? Bytes)
    {
        public List<Node> Children { get; } = [];
    }
}
