using FsCheck.Xunit;
using SspNative.Engine;
using SspNative.Model.Media;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Media;

public class WavFileTests
{
    private const int Pcm = 1, Float = 3, Extensible = 0xFFFE;

    [Fact]
    public void EveryFormatIsRead()
    {
        Assert.Equal([-1, 0, 127 / 128f], Samples(Pcm, 8, 1, [0, 128, 255]));
        Assert.Equal([0.5f, -1], Samples(Pcm, 16, 1, [0x00, 0x40, 0x00, 0x80]));
        Assert.Equal([0.5f, -1], Samples(Pcm, 24, 1, [0, 0, 0x40, 0, 0, 0x80]));
        Assert.Equal([0.5f, -1], Samples(Pcm, 32, 1, [0, 0, 0, 0x40, 0, 0, 0, 0x80]));
        Assert.Equal([0.25f], Samples(Float, 32, 1, BitConverter.GetBytes(0.25f)));
        Assert.Equal([0.5f], Samples(Extensible, 16, 1, [0x00, 0x40]));
    }

    [Fact]
    public void ChannelsAreAveraged() => Assert.Equal([0.25f], Samples(Pcm, 16, 2, [0x00, 0x40, 0x00, 0x00]));

    [Fact]
    public void AnUnfinishedLengthMeansToTheEnd()
    {
        foreach (uint claimed in new[] { 0u, uint.MaxValue, 100_000u })
        {
            byte[] wav = Wav(Pcm, 16, 1, 16000, [0x00, 0x40, 0x00, 0x40]);
            BitConverter.TryWriteBytes(wav.AsSpan(wav.Length - 8), claimed);
            Assert.Equal(2, WavFile.Decode(wav, "pipe").Samples.Length);
        }
    }

    [Fact]
    public void OtherChunksAreSkipped()
    {
        byte[] wav = Wav(Pcm, 16, 1, 16000, [0x00, 0x40]);
        byte[] withList = [.. wav[..12], .. "LIST"u8, 3, 0, 0, 0, 1, 2, 3, 0, .. wav[12..]];
        Assert.Equal([0.5f], WavFile.Decode(withList, "list").Samples);
    }

    [Fact]
    public void BadHeadersAreErrors()
    {
        Assert.Throws<InputException>(() => WavFile.Decode([.. "RIFF"u8], "short"));
        Assert.Throws<InputException>(() => WavFile.Decode(Wav(2, 4, 1, 16000, [0, 0]), "ADPCM"));
        Assert.Throws<InputException>(() => WavFile.Decode(Wav(Pcm, 16, 0, 16000, [0, 0]), "no channel"));
        Assert.Throws<InputException>(() => WavFile.Decode(Wav(Pcm, 16, 1, 0, [0, 0]), "no rate"));
        Assert.Throws<InputException>(() => WavFile.Decode(Wav(Pcm, 16, 1, -1, [0, 0]), "vast rate"));
        Assert.Throws<InputException>(() => WavFile.Decode(Wav(Pcm, 16, 65535, 16000, [0, 0]), "more channels than bytes"));
        Assert.Throws<InputException>(() => WavFile.Decode(Wav(Float, 32, 1, 16000, BitConverter.GetBytes(float.NaN)), "NaN"));
    }

    [Property(MaxTest = 300)]
    public void NoChangedByteEscapesTheReader(ushort position, byte value, byte cut)
    {
        byte[] wav = Wav(Extensible, 24, 2, 44100, new byte[60]);
        wav[position % wav.Length] = value;
        try
        {
            Assert.True(WavFile.Decode(wav[..(wav.Length - cut % wav.Length)], "changed").Samples.Length <= wav.Length);
        }
        catch (InputException e)
        {
            Assert.StartsWith("changed: ", e.Message);
        }
    }

    [Theory]
    [InlineData(7_999)]
    [InlineData(1000)]
    [InlineData(192_001)]
    [InlineData(767_999)]
    public void RatesThatNoRecorderUsesAreRefused(int rate)
    {
        byte[] wav = Wav(Pcm, 8, 1, rate, new byte[900_000]);
        string message = Costs.ErrorWithin<InputException>(() => WavFile.Decode(wav, "odd.wav"));
        Assert.Equal($"odd.wav: sound of {rate} samples a second is not read, only of 8000 to 192000", message);
    }

    [Theory]
    [InlineData(8_001)]
    [InlineData(44_101)]
    [InlineData(191_999)]
    public void AMegabyteOfAnyRateIsReadAtOnce(int rate)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["odd.wav"], Wav(Pcm, 8, 1, rate, new byte[1_000_000]));
        Assert.Equal((int)Math.Ceiling(1_000_000 * 16000.0 / rate), Costs.Within(() => WavFile.Load(folder["odd.wav"], 16000)).Length);
    }

    [Theory]
    [InlineData(44100)]
    [InlineData(48000)]
    [InlineData(8000)]
    [InlineData(22_255)]
    public void ResamplingIsTheFormulaBitForBit(int from)
    {
        float[] sound = Tone(700, from, 3000);
        Assert.Equal(ByFormula(sound, from, 16000), Resampler.Resample(sound, from, 16000));
    }

    [Theory]
    [InlineData(16000)]
    [InlineData(44100)]
    [InlineData(8000)]
    [InlineData(22_255)]
    [InlineData(191_999)]
    public void SoundInBlocksIsThatOfTheWholeBitForBit(int rate)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        byte[] data = new byte[rate * 23 + 7];
        random.NextBytes(data);
        File.WriteAllBytes(folder["long.wav"], Wav(Pcm, 8, 1, rate, data));
        float[] whole = WavFile.Load(folder["long.wav"], 16000);
        Assert.Equal(whole, WavFile.Blocks(folder["long.wav"], 16000).SelectMany(b => b));
        // However it is cut.
        float[] sound = Tone(700, rate, 3000);
        List<float[]> cut = [];
        for (int at = 0; at < sound.Length; at += cut[^1].Length)
            cut.Add(sound[at..Math.Min(sound.Length, at + random.Next(1, 400))]);
        Assert.Equal(Resampler.Resample(sound, rate, 16000), Resampler.ResampleBlocks(cut, rate, 16000).SelectMany(b => b));
    }

    [Theory]
    [InlineData(44100, 16000)]
    [InlineData(48000, 16000)]
    [InlineData(8000, 16000)]
    [InlineData(11025, 16000)]
    [InlineData(16001, 16000)]
    public void ATonePassesTheResampler(int from, int to)
    {
        float[] resampled = Resampler.Resample(Tone(1000, from, from / 2), from, to);
        Assert.InRange(resampled.Length, to / 2 - 1, to / 2 + 1);
        float[] expected = Tone(1000, to, resampled.Length);
        // The ends see silence beyond the sound.
        Assert.True(HostReference.RelativeError(resampled.AsSpan(200..^200), expected.AsSpan(200..^200)) < 1e-4);
    }

    [Fact]
    public void WhatTheLowerRateCannotHoldIsRemoved()
    {
        float[] resampled = Resampler.Resample(Tone(10000, 44100, 44100), 44100, 16000);
        Assert.True(resampled[200..^200].Max(Math.Abs) < 1e-3);
    }

    [Fact]
    public void OneRateIsLeftAlone()
    {
        float[] sound = Tone(500, 16000, 100);
        Assert.Same(sound, Resampler.Resample(sound, 16000, 16000));
        Assert.Empty(Resampler.Resample([], 44100, 16000));
    }

    // The resampler's documentation in scalars, one output after the other.
    private static float[] ByFormula(float[] sound, int from, int to)
    {
        int divisor = (int)System.Numerics.BigInteger.GreatestCommonDivisor(from, to), phases = to / divisor, advance = from / divisor;
        double cutoff = 0.95 * Math.Min(1, (double)to / from);
        int reach = (int)Math.Ceiling(32 / cutoff);
        float[] resampled = new float[((long)sound.Length * phases + advance - 1) / advance];
        for (int m = 0; m < resampled.Length; m++)
        {
            double fraction = (double)((long)(m % phases) * advance % phases) / phases, total = 0, sum = 0;
            double[] weights = new double[2 * reach];
            for (int k = 0; k < weights.Length; k++)
            {
                double distance = k - reach + 1 - fraction, across = distance / reach, x = cutoff * distance;
                weights[k] = (x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x)) * BesselI0(9 * Math.Sqrt(Math.Max(0, 1 - across * across)));
                total += weights[k];
            }
            long first = (long)m * advance / phases - reach + 1;
            for (int k = 0; k < weights.Length; k++)
                if (first + k >= 0 && first + k < sound.Length)
                    sum += weights[k] / total * sound[first + k];
            resampled[m] = (float)sum;
        }
        return resampled;
    }

    private static double BesselI0(double x)
    {
        double sum = 1, term = 1;
        for (int k = 1; term > 1e-16 * sum; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }
        return sum;
    }

    private static float[] Tone(double hertz, int rate, int samples) =>
        [.. Enumerable.Range(0, samples).Select(n => (float)Math.Sin(Math.Tau * hertz * n / rate))];

    private static float[] Samples(int format, int bits, int channels, byte[] data) =>
        WavFile.Decode(Wav(format, bits, channels, 16000, data), "made").Samples;

    private static byte[] Wav(int format, int bits, int channels, int rate, byte[] data)
    {
        var stream = new MemoryStream();
        var writer = new BinaryWriter(stream);
        writer.Write([.. "RIFF"u8, 0, 0, 0, 0, .. "WAVEfmt "u8]);
        writer.Write(format == Extensible ? 40 : 16);
        writer.Write((ushort)format);
        writer.Write((ushort)channels);
        writer.Write(rate);
        writer.Write(rate * channels * bits / 8);
        writer.Write((ushort)(channels * bits / 8));
        writer.Write((ushort)bits);
        if (format == Extensible)
        {
            writer.Write([22, 0, (byte)bits, 0, 0, 0, 0, 0]);
            writer.Write((ushort)Pcm);
            writer.Write([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
        }
        writer.Write([.. "data"u8]);
        writer.Write(data.Length);
        writer.Write(data);
        return stream.ToArray();
    }
}
