using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;

namespace SspNative.Model.Data.Cutouts;

/// <summary>A recorded sound without its pauses, that can go on for any time.</summary>
internal sealed class Recording
{
    private const int Rate = ClipSource.AudioRate;

    // What is longer serves no clip.
    private const double LongestSeconds = 20;

    // Pauses are what is 34 dB below the loudest; a tenth of a second of each stays.
    private const int Window = Rate / 20, KeptWindows = 2;
    private const double Quiet = 0.02;

    private const double Blend = 0.01;

    private readonly float[] _samples;

    private Recording(float[] samples) => _samples = samples;

    /// <summary>Reads a file of any format that ffmpeg knows.</summary>
    /// <exception cref="InputException">It cannot be read, or is silent.</exception>
    public static Recording Load(string path) => Trim([.. FfmpegMedia.SoundBlocks(path, Rate, LongestSeconds).SelectMany(b => b)], path);

    /// <summary>Reads a file that is in memory, such as one out of an archive.</summary>
    /// <exception cref="InputException">It cannot be read, or is silent.</exception>
    public static Recording Load(byte[] file, string name)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, file);
            return Trim([.. FfmpegMedia.SoundBlocks(path, Rate, LongestSeconds).SelectMany(b => b)], name);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <exception cref="InputException">The sound is silent.</exception>
    internal static Recording Trim(float[] samples, string path)
    {
        float[][] windows = [.. samples.Chunk(Window)];
        double[] levels = [.. windows.Select(w => Math.Sqrt(w.Sum(s => (double)s * s) / w.Length))];
        double loudest = levels.Max();
        if (loudest == 0)
            throw new InputException($"{path}: the sound is silent");
        int quiet = 0;
        return new Recording([.. windows.Where((_, i) => (quiet = levels[i] < Quiet * loudest ? quiet + 1 : 0) <= KeptWindows).SelectMany(w => w)]);
    }

    /// <summary>Writes the sound from a moment at random on, again and again.</summary>
    public void Play(Span<double> sound, SplitMix64 random)
    {
        int at = random.Below(_samples.Length);
        for (int i = 0; i < sound.Length; i++, at++)
        {
            at = at < _samples.Length ? at : 0;
            // No click where the end meets the beginning.
            double edge = Math.Min(at + 1, _samples.Length - at) / (Blend * Rate);
            sound[i] += Math.Min(1, edge) * _samples[at];
        }
    }
}
