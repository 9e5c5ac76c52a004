using System.Text;

namespace SspNative.Model.Media;

/// <summary>Binary PPM pictures of 8 bits, one after the other, as <c>ffmpeg</c> writes them.</summary>
internal static class PpmPicture
{
    /// <summary>A longer word is none of a PPM's header.</summary>
    private const int MostWordLength = 16;

    /// <summary>The next picture of a stream, or null at its end.</summary>
    /// <param name="stream">What comes from ffmpeg.</param>
    /// <param name="path">The video, for messages.</param>
    /// <exception cref="InputException">It is no picture, too large, or cut.</exception>
    public static Image? Read(OutputBytes stream, string path)
    {
        string? magic = ReadWord(stream);
        if (magic == "")
            return null;
        bool valid = int.TryParse(ReadWord(stream), out int width) & int.TryParse(ReadWord(stream), out int height);
        if (magic != "P6" || !valid || ReadWord(stream) != "255")
            throw new InputException($"{path}: ffmpeg sent something that is no picture");
        PictureHeader.RequireSize(width, height, path);
        var image = new Image(width, height);
        if (stream.Read(image.Rgb) < image.Rgb.Length)
            throw new InputException($"{path}: the video ends within a frame");
        return image;
    }

    /// <summary>Reads up to and with the next white space; null where a word is longer than any in a header.</summary>
    private static string? ReadWord(OutputBytes stream)
    {
        var word = new StringBuilder();
        for (int b = stream.ReadByte(); b > ' '; b = stream.ReadByte())
            if (word.Append((char)b).Length > MostWordLength)
                return null;
        return word.ToString();
    }
}
