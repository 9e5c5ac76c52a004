using SspNative.Model.Files;

namespace SspNative.Model.Media;

/// <summary>Sound from RIFF/WAVE files, as <see cref="WavReader"/> reads it.</summary>
public static class WavFile
{
    /// <summary>The sample rates that are read, from telephones to studios, in Hz.</summary>
    public const int LowestRate = 8000, HighestRate = 192_000;

    /// <summary>Seconds of a block of <see cref="Blocks"/>.</summary>
    private const int BlockSeconds = 10;

    /// <summary>The file's sound as mono (the mean of its channels) in −1…1 at the wanted sample rate.</summary>
    /// <exception cref="InputException">The file is missing, malformed, of an unknown format, or holds no sound.</exception>
    public static float[] Load(string path, int sampleRate)
    {
        using WavReader wav = Open(path);
        return Resampler.Resample(All(wav, path), wav.SampleRate, sampleRate);
    }

    /// <summary>The same, some seconds at a time, so that memory does not grow with the sound.</summary>
    /// <exception cref="InputException">As <see cref="Load"/>; of what is damaged later, when it is come to.</exception>
    public static IEnumerable<float[]> Blocks(string path, int sampleRate)
    {
        using WavReader wav = Open(path);
        foreach (float[] block in Resampler.ResampleBlocks(Read(wav), wav.SampleRate, sampleRate))
            yield return block;
    }

    /// <summary>The sound as mono at its own sample rate. No header makes it allocate more than the file holds.</summary>
    /// <param name="wav">The file's bytes.</param>
    /// <param name="source">Where the bytes came from, for messages.</param>
    /// <exception cref="InputException">The bytes are malformed, of an unknown format, or hold no sound.</exception>
    public static (float[] Samples, int SampleRate) Decode(byte[] wav, string source)
    {
        using var reader = new WavReader(new MemoryStream(wav, writable: false), source);
        return (All(reader, source), reader.SampleRate);
    }

    private static WavReader Open(string path) => new(new BufferedStream(InputFile.Open(path)), path);

    private static float[] All(WavReader wav, string source)
    {
        if (wav.Count > Array.MaxLength)
            throw new InputException($"{source}: {wav.Count} samples are too many to be held at once");
        float[] samples = new float[wav.Count];
        wav.Read(samples);
        return samples;
    }

    private static IEnumerable<float[]> Read(WavReader wav)
    {
        float[] block = new float[Math.Min(BlockSeconds * wav.SampleRate, wav.Count)];
        for (int count; (count = wav.Read(block)) > 0;)
            yield return block[..count];
    }
}
