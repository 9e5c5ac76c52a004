using System.Buffers.Binary;

namespace SspNative.Model.Media;

/// <summary>
/// Reads a RIFF/WAVE file forwards, so that an hour of sound takes no more memory than a second: PCM of 8 to 32 bits or 32-bit float, 8,000 to 192,000 Hz, any
/// number of channels, of which the mean is taken.
/// </summary>
internal sealed class WavReader : IDisposable
{
    private const int FormatPcm = 1;
    private const int FormatFloat = 3;
    private const int FormatExtensible = 0xFFFE;

    /// <summary>The bytes of a <c>fmt</c> chunk that are read, up to the format that an extensible one names.</summary>
    private const int FormatLength = 26;

    private const int BufferBytes = 1 << 16;

    private readonly Stream _file;
    private readonly long _length;
    private readonly string _source;
    private readonly WavFormat _format;
    private readonly byte[] _buffer;
    private long _next;

    /// <param name="file">The file, at its start; it becomes the reader's.</param>
    /// <param name="source">Where it came from, for messages.</param>
    /// <exception cref="InputException">It is malformed, of an unknown format, or holds no sound.</exception>
    public WavReader(Stream file, string source)
    {
        (_file, _length, _source) = (file, file.Length, source);
        try
        {
            (_format, long bytes) = FindSound();
            Count = bytes / _format.FrameBytes;
            if (Count == 0)
                throw new InputException($"{source}: the WAV file holds no sound");
            _buffer = new byte[Math.Max(1, BufferBytes / _format.FrameBytes) * _format.FrameBytes];
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Samples a second.</summary>
    public int SampleRate => _format.SampleRate;

    /// <summary>Samples of the whole file.</summary>
    public long Count { get; }

    /// <summary>Reads the next samples, in −1…1; returns how many there were, fewer than asked for at the end alone.</summary>
    /// <exception cref="InputException">A sample is not a finite number.</exception>
    public int Read(Span<float> samples)
    {
        int wanted = (int)Math.Min(samples.Length, Count - _next), done = 0;
        while (done < wanted)
        {
            int frames = Math.Min(wanted - done, _buffer.Length / _format.FrameBytes);
            Span<byte> bytes = _buffer.AsSpan(0, frames * _format.FrameBytes);
            if (_file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
                throw new InputException($"{_source}: the file became shorter while it was read");
            Decode(bytes, samples.Slice(done, frames));
            done += frames;
        }
        return wanted;
    }

    public void Dispose() => _file.Dispose();

    // The format, and how many bytes of sound there are from here on.
    private (WavFormat Format, long Bytes) FindSound()
    {
        Span<byte> head = stackalloc byte[12];
        if (_file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || !head.StartsWith("RIFF"u8) || !head[8..].StartsWith("WAVE"u8))
            throw new InputException($"{_source}: not a WAV file");
        WavFormat? format = null;
        Span<byte> chunk = stackalloc byte[8];
        while (_file.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false) == chunk.Length)
        {
            long length = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]), start = _file.Position, rest = _length - start;
            // Recorders that write to a pipe leave the length at 0 or at its maximum: then the sound goes on to the end.
            if (chunk.StartsWith("fmt "u8))
                format = ReadFormat((int)Math.Min(FormatLength, Math.Min(length, rest)));
            else if (chunk.StartsWith("data"u8))
                return (
                    format ?? throw new InputException($"{_source}: the WAV file has no format before its sound"),
                    length == 0 ? rest : Math.Min(length, rest));
            _file.Position = Math.Min(start + length + (length & 1), _length);
        }
        throw new InputException($"{_source}: the WAV file holds no sound");
    }

    private WavFormat ReadFormat(int length)
    {
        Span<byte> chunk = stackalloc byte[FormatLength];
        chunk = chunk[.._file.ReadAtLeast(chunk[..length], length, throwOnEndOfStream: false)];
        if (chunk.Length < 16)
            throw new InputException($"{_source}: the WAV header is damaged");
        int tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        if (tag == FormatExtensible && chunk.Length >= 26)
            tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        long rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        bool known = tag == FormatPcm ? bits is 8 or 16 or 24 or 32 : tag == FormatFloat && bits == 32;
        if (!known)
            throw new InputException($"{_source}: WAV format {tag} with {bits} bits is not PCM of 8 to 32 bits or 32-bit float");
        if (channels == 0)
            throw new InputException($"{_source}: the WAV header claims no channel");
        if (rate is < WavFile.LowestRate or > WavFile.HighestRate)
            throw new InputException($"{_source}: sound of {rate} samples a second is not read, only of {WavFile.LowestRate} to {WavFile.HighestRate}");
        return new WavFormat(tag == FormatFloat, bits / 8, channels, (int)rate);
    }

    private void Decode(ReadOnlySpan<byte> data, Span<float> samples)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            double sum = 0;
            for (int c = 0; c < _format.Channels; c++)
                sum += ReadSample(data[(i * _format.FrameBytes + c * _format.SampleBytes)..], _format);
            samples[i] = (float)(sum / _format.Channels);
            if (!float.IsFinite(samples[i]))
                throw new InputException($"{_source}: sample {_next} is not a finite number");
            _next++;
        }
    }

    private static double ReadSample(ReadOnlySpan<byte> bytes, WavFormat format) => format.SampleBytes switch
    {
        1 => (bytes[0] - 128) / 128.0,
        2 => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768.0,
        3 => (bytes[0] << 8 | bytes[1] << 16 | bytes[2] << 24) / 2147483648.0,
        _ when format.IsFloat => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        _ => BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648.0,
    };

    private readonly record struct WavFormat(bool IsFloat, int SampleBytes, int Channels, int SampleRate)
    {
        /// <summary>Bytes of one sample of all channels.</summary>
        public int FrameBytes => SampleBytes * Channels;
    }
}
