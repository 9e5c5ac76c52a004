namespace SspNative.Engine.Serialization;

/// <summary>
/// The elements of one tensor as they are stored, in the tensor's order. A view whose elements do not lie in order, such as a transpose, is
/// gathered from the part of the file that it spans, which is held meanwhile.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="entry">The tensor.</param>
internal sealed class StoredElements(FileBytes file, TensorEntry entry)
{
    private readonly int _size = entry.ElementSize;
    private byte[]? _span;

    /// <summary>Reads elements, from a first one on, until the destination is full.</summary>
    /// <exception cref="InvalidDataException">The file has become shorter.</exception>
    public void Read(long first, Span<byte> raw)
    {
        if (entry.Strides is { } strides)
            Gather(first, raw, strides);
        else if (entry.Decoded is { } decoded)
            decoded.AsSpan((int)(entry.Offset + first * _size), raw.Length).CopyTo(raw);
        else
            file.Read(entry.Offset + first * _size, raw);
    }

    private void Gather(long first, Span<byte> raw, long[] strides)
    {
        ReadOnlySpan<byte> span = Span();
        int rank = entry.Shape.Rank;
        Span<int> index = stackalloc int[rank];
        long place = 0, rest = first;
        for (int d = rank - 1; d >= 0; d--)
        {
            index[d] = (int)(rest % entry.Shape[d]);
            rest /= entry.Shape[d];
            place += index[d] * strides[d];
        }
        for (int at = 0; at < raw.Length; at += _size)
        {
            span.Slice((int)(place * _size), _size).CopyTo(raw[at..]);
            for (int d = rank - 1; d >= 0; d--)
            {
                place += strides[d];
                if (++index[d] < entry.Shape[d])
                    break;
                place -= index[d] * strides[d];
                index[d] = 0;
            }
        }
    }

    private ReadOnlySpan<byte> Span()
    {
        if (entry.Decoded is { } decoded)
            return decoded.AsSpan((int)entry.Offset);
        if (_span is null)
        {
            _span = new byte[entry.ByteLength];
            file.Read(entry.Offset, _span);
        }
        return _span;
    }
}
