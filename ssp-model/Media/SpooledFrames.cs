using SspNative.Engine.Storage;

namespace SspNative.Model.Media;

/// <summary>
/// Frames of a clip that are decoded once and read several times: they lie in a temporary file, so that memory does not grow with the clip.
/// </summary>
public sealed class SpooledFrames : IDisposable
{
    private readonly RecordFile _file;
    private readonly int _width;
    private readonly int _height;

    private SpooledFrames(Image first)
    {
        (_width, _height) = (first.Width, first.Height);
        _file = new RecordFile(first.Rgb.Length);
    }

    /// <summary>T.</summary>
    public int Count => _file.Count;

    /// <summary>Reads all frames of a source.</summary>
    /// <param name="source">Frames of one size, at least one.</param>
    /// <param name="step">Called after each.</param>
    /// <exception cref="InputException">There is no frame, or one cannot be decoded.</exception>
    public static SpooledFrames Of(IEnumerable<Image> source, Action step)
    {
        SpooledFrames? frames = null;
        try
        {
            foreach (Image frame in source)
            {
                frames ??= new SpooledFrames(frame);
                frames._file.Append(frame.Rgb);
                step();
            }
            return frames ?? throw new InputException("no frame could be decoded");
        }
        catch
        {
            frames?.Dispose();
            throw;
        }
    }

    /// <summary>The frames in order.</summary>
    public IEnumerable<Image> All() => Enumerable.Range(0, Count).Select(Read);

    /// <summary>A frame.</summary>
    public Image Read(int index)
    {
        var frame = new Image(_width, _height);
        _file.Read(index, frame.Rgb);
        return frame;
    }

    public void Dispose() => _file.Dispose();
}
