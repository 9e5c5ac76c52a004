using System.Buffers.Binary;

namespace SspNative.Model.Media;

/// <summary>
/// Reads sound from RIFF/WAVE files of up to 2 GB: PCM of 8 to 32 bits or 32-bit float, 8,000 to 192,000 Hz, any number of channels.
/// </summary>
public static class WavFile
{
    /// <summary>The sample rates that are read, from telephones to studios, in Hz.</summary>
    public const int LowestRate = 8000, HighestRate = 192_000;

    private const int FormatPcm = 1;
    private const int FormatFloat = 3;
    private const int FormatExtensible = 0xFFFE;

    /// <summary>The file's sound as mono (the mean of its channels) in −1…1 at the wanted sample rate.</summary>
    /// <exception cref="InputException">The file is missing, malformed, of an unknown format, or holds no sound.</exception>
    public static float[] Load(string path, int sampleRate)
    {
        (float[] samples, int rate) = Decode(InputFile.ReadBytes(path, Array.MaxLength), path);
        return Resampler.Resample(samples, rate, sampleRate);
    }

    /// <summary>The sound as mono at its own sample rate. No header makes it allocate more than the file holds.</summary>
    /// <param name="source">Where the bytes came from, for messages.</param>
    /// <exception cref="InputException">The bytes are malformed, of an unknown format, or hold no sound.</exception>
    public static (float[] Samples, int SampleRate) Decode(ReadOnlySpan<byte> wav, string source)
    {
        if (wav.Length < 12 || !wav.StartsWith("RIFF"u8) || !wav[8..].StartsWith("WAVE"u8))
            throw new InputException($"{source}: not a WAV file");
        WavFormat? format = null;
        ReadOnlySpan<byte> rest = wav[12..];
        while (rest.Length >= 8)
        {
            ReadOnlySpan<byte> type = rest[..4];
            long length = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            // Recorders that write to a pipe leave the length at 0 or at its maximum: then the sound goes on to the end.
            int present = (int)Math.Min(length, rest.Length - 8);
            if (type.SequenceEqual("fmt "u8))
                format = ReadFormat(rest.Slice(8, present), source);
            else if (type.SequenceEqual("data"u8))
                return ReadSamples(length == 0 ? rest[8..] : rest.Slice(8, present), format, source);
            rest = rest[(int)Math.Min(8 + length + (length & 1), rest.Length)..];
        }
        throw new InputException($"{source}: the WAV file holds no sound");
    }

    private static WavFormat ReadFormat(ReadOnlySpan<byte> chunk, string source)
    {
        if (chunk.Length < 16)
            throw new InputException($"{source}: the WAV header is damaged");
        int tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        if (tag == FormatExtensible && chunk.Length >= 26)
            tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        long rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        bool known = tag == FormatPcm ? bits is 8 or 16 or 24 or 32 : tag == FormatFloat && bits == 32;
        if (!known)
            throw new InputException($"{source}: WAV format {tag} with {bits} bits is not PCM of 8 to 32 bits or 32-bit float");
        if (channels == 0)
            throw new InputException($"{source}: the WAV header claims no channel");
        if (rate is < LowestRate or > HighestRate)
            throw new InputException($"{source}: sound of {rate} samples a second is not read, only of {LowestRate} to {HighestRate}");
        return new WavFormat(tag == FormatFloat, bits / 8, channels, (int)rate);
    }

    private static (float[] Samples, int SampleRate) ReadSamples(ReadOnlySpan<byte> data, WavFormat? header, string source)
    {
        if (header is not { } format)
            throw new InputException($"{source}: the WAV file has no format before its sound");
        int frameBytes = format.SampleBytes * format.Channels;
        float[] samples = new float[data.Length / frameBytes];
        if (samples.Length == 0)
            throw new InputException($"{source}: the WAV file holds no sound");
        for (int i = 0; i < samples.Length; i++)
        {
            double sum = 0;
            for (int c = 0; c < format.Channels; c++)
                sum += ReadSample(data[(i * frameBytes + c * format.SampleBytes)..], format);
            samples[i] = (float)(sum / format.Channels);
            if (!float.IsFinite(samples[i]))
                throw new InputException($"{source}: sample {i} is not a finite number");
        }
        return (samples, format.SampleRate);
    }

    private static double ReadSample(ReadOnlySpan<byte> bytes, WavFormat format) => format.SampleBytes switch
    {
        1 => (bytes[0] - 128) / 128.0,
        2 => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768.0,
        3 => (bytes[0] << 8 | bytes[1] << 16 | bytes[2] << 24) / 2147483648.0,
        _ when format.IsFloat => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        _ => BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648.0,
    };

    private readonly record struct WavFormat(bool IsFloat, int SampleBytes, int Channels, int SampleRate);
}
