using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using SspNative.Model.Media;
using SspNative.Model.Networks;
using SspNative.Model.Pipeline;

namespace SspNative.Model.Results;

/// <summary>
/// Writes <c>index.html</c> frame by frame: a page that needs no server and no network. It plays the clip with its masks, and shows what sounds when, the flow,
/// the pre-masks, the prompts, options and times. Pictures and sound are within the page up to <see cref="MostEmbedded"/> bytes; of a long clip the rest are
/// files beside it.
/// </summary>
internal sealed class ResultPage : IDisposable
{
    /// <summary>The most bytes of pictures, and of the video or sound, within the page.</summary>
    public const int MostEmbedded = 24 << 20;

    private const string VideoFile = "clip.mp4", SoundName = "audio";

    private static readonly Dictionary<string, string> _soundTypes = new()
    {
        [".aac"] = "audio/aac",
        [".flac"] = "audio/flac",
        [".m4a"] = "audio/mp4",
        [".mp3"] = "audio/mpeg",
        [".oga"] = "audio/ogg",
        [".ogg"] = "audio/ogg",
        [".opus"] = "audio/ogg",
    };

    private const string Slot = "<!--data-->";

    /// <summary>Bytes of a file that are taken at a time: a multiple of 3, which base64 writes as 4 letters.</summary>
    private const int Block = 3 << 14;

    private readonly string _folder;
    private readonly ClipSource _clip;
    private readonly FileStream _page;
    private readonly string _end;
    private long _embedded;

    /// <param name="folder">Where the result is made, with its pictures.</param>
    public ResultPage(string folder, ClipSource clip)
    {
        (_folder, _clip) = (folder, clip);
        string[] parts = Template().Split(Slot);
        _end = parts[1];
        _page = File.Create(Path.Combine(folder, "index.html"));
        Write(parts[0]);
    }

    /// <param name="masks">The masks of the frame's objects, in their order.</param>
    /// <param name="flow">Its motion as a picture; null where there is none.</param>
    /// <param name="preMask">What it was multiplied with, as a picture.</param>
    /// <param name="name">The name that its pictures' files share.</param>
    public void Append(SegmentedFrame frame, IReadOnlyList<RunLengthMask> masks, Image? flow, Image preMask, string name)
    {
        bool hasPictures = _clip.Video is null;
        WriteScript("frame", json =>
        {
            json.WriteStartObject();
            json.WriteNumber("time", frame.Time);
            if (hasPictures)
                WritePicture(json, "picture", frame.Picture, $"overlay/{name}");
            if (frame.Motion is { } motion)
            {
                WritePicture(json, "flow", flow!, $"flow/{name}");
                json.WriteNumber("strongest", motion.Strongest);
            }
            WritePicture(json, "premask", preMask, $"pre-mask/{name}");
            json.WriteStartArray("objects");
            foreach ((FoundObject found, RunLengthMask mask) in frame.Objects.Zip(masks))
                Write(json, found, mask);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>Writes what is known at the end.</summary>
    /// <exception cref="InputException">The clip cannot be read.</exception>
    public void Finish(SegmentationReport report)
    {
        (string? kind, string? type, string? file) = Media();
        WriteScript("clip", json =>
        {
            json.WriteStartObject();
            json.WriteString("media", kind);
            json.WriteString("type", type);
            json.WritePropertyName("source");
            WriteSource(json, file);
            json.WritePropertyName("report");
            // The frames are in the page already.
            json.WriteRawValue((report with { Frames = [] }).ToJson());
            json.WriteEndObject();
        });
        Write(_end);
        _page.Flush();
    }

    public void Dispose() => _page.Dispose();

    // JSON's writer escapes what could end a script.
    private void WriteScript(string kind, Action<Utf8JsonWriter> write)
    {
        Write($"<script type=\"application/json\" data-kind=\"{kind}\">");
        using (var json = new Utf8JsonWriter(_page))
            write(json);
        Write($"</script>{Environment.NewLine}");
    }

    private void Write(string text) => _page.Write(Encoding.UTF8.GetBytes(text));

    private static void Write(Utf8JsonWriter json, FoundObject found, RunLengthMask mask)
    {
        (byte r, byte g, byte b) = Highlight.Colour((byte)found.Label);
        json.WriteStartObject();
        json.WriteNumber("label", found.Label);
        json.WriteString("name", found.Name);
        json.WriteString("color", $"#{r:x2}{g:x2}{b:x2}");
        json.WriteNumber("score", Math.Round(found.Score, 4));
        json.WriteNumber("area", found.Area);
        json.WriteNumber("left", found.Box[0]);
        json.WriteNumber("top", found.Box[1]);
        json.WriteString("counts", mask.Counts);
        json.WriteEndObject();
    }

    private void WritePicture(Utf8JsonWriter json, string member, Image picture, string file)
    {
        byte[]? jpeg = _embedded < MostEmbedded ? picture.ToJpeg(quality: 85) : null;
        _embedded += jpeg?.Length ?? 0;
        if (jpeg is null)
            json.WriteString(member, file);
        else
            WriteEmbedded(json, member, jpeg);
    }

    // Without a string of each picture, which would be twice as long again.
    private static void WriteEmbedded(Utf8JsonWriter json, string member, byte[] jpeg)
    {
        ReadOnlySpan<byte> start = "data:image/jpeg;base64,"u8;
        byte[] url = ArrayPool<byte>.Shared.Rent(start.Length + Base64.GetMaxEncodedToUtf8Length(jpeg.Length));
        start.CopyTo(url);
        Base64.EncodeToUtf8(jpeg, url.AsSpan(start.Length), out _, out int written);
        json.WriteString(member, url.AsSpan(0, start.Length + written));
        ArrayPool<byte>.Shared.Return(url);
        json.Flush();
    }

    // What plays: a video, or pictures with a sound, or pictures alone. The file is made beside the page.
    private (string? Kind, string? Type, string? File) Media()
    {
        if (_clip.Video is { } info)
        {
            string file = Path.Combine(_folder, VideoFile);
            FfmpegMedia.WriteBrowserVideo(_clip.Location, info, _clip.Sound, file);
            return ("video", "video/mp4", file);
        }
        if (_clip.Sound is not { } sound)
            return (null, null, null);
        string extension = Path.GetExtension(sound.Path).ToLowerInvariant(), copy = Path.Combine(_folder, SoundName + extension);
        File.Copy(sound.Path, copy);
        return ("audio", _soundTypes.GetValueOrDefault(extension, "audio/wav"), copy);
    }

    // A short file is taken into the page, a long one named.
    private static void WriteSource(Utf8JsonWriter json, string? file)
    {
        if (file is null || new FileInfo(file).Length > MostEmbedded)
        {
            json.WriteStringValue(Path.GetFileName(file));
            return;
        }
        using (FileStream source = File.OpenRead(file))
        {
            byte[] block = new byte[Block];
            for (int count = Block; count == Block;)
            {
                count = source.ReadAtLeast(block, Block, throwOnEndOfStream: false);
                json.WriteBase64StringSegment(block.AsSpan(0, count), isFinalSegment: count < Block);
                json.Flush();
            }
        }
        File.Delete(file);
    }

    private static string Template()
    {
        static string Read(string name)
        {
            using var reader = new StreamReader(typeof(ResultPage).Assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
        return Read("page.html").Replace("/*style*/", Read("page.css"), StringComparison.Ordinal)
            .Replace("/*script*/", Read("page.js"), StringComparison.Ordinal);
    }
}
