using SspNative.Engine.Serialization;

namespace SspNative.Model.Files;

/// <summary>
/// Files that people bring, read whole as <see cref="RegularFile"/> does: what is missing, no regular file, longer than its
/// limit or no text is an <see cref="InputException"/> of one line.
/// </summary>
public static class InputFile
{
    /// <summary>Prompts, class indices, records of clips: 1 MiB.</summary>
    public const long SmallTextLimit = 1 << 20;

    /// <summary>Vocabularies and tables: 16 MiB.</summary>
    public const long TextLimit = 16 << 20;

    /// <summary>Pictures as files: 256 MiB.</summary>
    public const long PictureLimit = 256 << 20;

    /// <summary>The most that is quoted of a text from a file.</summary>
    private const int QuoteLength = 40;

    /// <summary>Requires a regular file.</summary>
    public static void Require(string path) => Try(() =>
    {
        RegularFile.Require(path);
        return true;
    });

    /// <summary>Opens a file for reading, unbuffered.</summary>
    public static FileStream Open(string path) => Try(() => RegularFile.Open(path));

    /// <summary>A file's bytes, at most so many.</summary>
    public static byte[] ReadBytes(string path, long limit) => Try(() => RegularFile.ReadBytes(path, limit));

    /// <summary>A file's text, UTF-8, at most so many bytes.</summary>
    public static string ReadText(string path, long limit) => Try(() => RegularFile.ReadText(path, limit));

    /// <summary>The first bytes of a file, fewer where it is shorter.</summary>
    public static byte[] ReadStart(string path, int count) => Try(() =>
    {
        using FileStream stream = RegularFile.Open(path);
        byte[] start = new byte[count];
        return start[..stream.ReadAtLeast(start, count, throwOnEndOfStream: false)];
    });

    /// <summary>A text from a file as messages quote it: its first 40 characters.</summary>
    public static string Quote(string text) => $"\"{ShownText.Of(text, QuoteLength)}\"";

    private static T Try<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new InputException(e.Message, e);
        }
    }
}
