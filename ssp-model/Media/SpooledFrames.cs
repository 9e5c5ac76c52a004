using SspNative.Model.Files;

namespace SspNative.Model.Media;

/// <summary>
/// Frames of a clip that are decoded when they are first asked for, and read several times: they lie in a temporary file, so that memory does not grow with
/// the clip.
/// </summary>
/// <param name="source">Frames of one size.</param>
internal sealed class SpooledFrames(IEnumerable<Image> source) : IDisposable
{
    private readonly IEnumerator<Image> _source = source.GetEnumerator();
    private RecordFile? _file;
    private Image? _last;

    /// <summary>Frames that were decoded so far.</summary>
    public int Count => _file?.Count ?? 0;

    /// <summary>Decodes the next frame. Returns whether there is one.</summary>
    /// <exception cref="InputException">It cannot be decoded.</exception>
    public bool DecodeNext()
    {
        if (!_source.MoveNext())
            return false;
        _last = _source.Current;
        _file ??= new RecordFile(_last.Rgb.Length);
        _file.Append(_last.Rgb);
        return true;
    }

    /// <summary>Decodes all that are left.</summary>
    /// <returns>T.</returns>
    /// <exception cref="InputException">There is no frame, or one cannot be decoded.</exception>
    public int DecodeAll()
    {
        while (DecodeNext())
        {
        }
        return Count > 0 ? Count : throw new InputException("no frame could be decoded");
    }

    /// <summary>All frames in order, those of them that are not yet decoded too.</summary>
    public IEnumerable<Image> All()
    {
        for (int i = 0; i < Count || DecodeNext(); i++)
            yield return i == Count - 1 ? _last! : Read(i);
    }

    /// <summary>A frame that was decoded.</summary>
    public Image Read(int index)
    {
        var frame = new Image(_last!.Width, _last.Height);
        _file!.Read(index, frame.Rgb);
        return frame;
    }

    public void Dispose()
    {
        _source.Dispose();
        _file?.Dispose();
    }
}
