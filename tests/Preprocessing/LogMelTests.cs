using SspNative.Model.Encoders.Vggish;
using SspNative.Model.Preprocessing;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Preprocessing;

public class LogMelTests
{
    [Theory]
    [InlineData("sound")]
    [InlineData("short")]
    public void ExamplesMatchTheReference(string name)
    {
        var reference = new HostReference($"audio/log-mel@{name}");
        float[] examples = LogMel.Compute(reference.Floats("input.waveform"));
        Assert.InRange(HostReference.RelativeError(examples, reference.Floats("output.examples")), 0, 1e-6);
    }

    [Fact]
    public void QuantisedEmbeddingsMatchTheReferenceExactly()
    {
        var reference = new HostReference("audio/vggish-postprocess");
        var postprocessor = new VggishPostprocessor(
            reference.Floats("weight.pca_eigen_vectors"), reference.Floats("weight.pca_means"));
        Assert.Equal(reference.Floats("output.quantized"), postprocessor.Apply(reference.Floats("input.embeddings")));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(15599, 0)]
    [InlineData(15600, 1)]
    [InlineData(76800, 4)]
    [InlineData(77040, 5)]
    [InlineData(80000, 5)]
    [InlineData(160000, 10)]
    public void TheTailIsDropped(int samples, int examples) => Assert.Equal(examples, LogMel.ExampleCount(samples));

    [Fact]
    public void SilenceIsTheLogarithmOfTheOffset()
    {
        Assert.All(LogMel.Compute(new float[15600]), v => Assert.Equal((float)Math.Log(0.01), v));
    }

    [Fact]
    public void ATonePeaksInItsBand()
    {
        float[] tone = [.. Enumerable.Range(0, 15600).Select(n => (float)Math.Sin(Math.Tau * 1000 * n / 16000))];
        float[] frame = LogMel.Compute(tone)[..64];
        double Mel(double hertz) => 1127 * Math.Log(1 + hertz / 700);
        int expected = (int)Math.Round((Mel(1000) - Mel(125)) / ((Mel(7500) - Mel(125)) / 65)) - 1;
        Assert.Equal(expected, Array.IndexOf(frame, frame.Max()));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    public void SecondsOfAShortClipGetTheExamplesInOrder(int seconds)
    {
        float[] noise = Noise(seconds * 16000);
        Assert.Equal(LogMel.Compute(noise), LogMel.ForVideoFrames(noise, seconds, 1));
    }

    [Fact]
    public void AShortTailRepeatsTheLastExample()
    {
        float[] noise = Noise(76800);
        float[] examples = LogMel.Compute(noise), chosen = LogMel.ForVideoFrames(noise, 5, 1);
        Assert.Equal(examples, chosen[..examples.Length]);
        Assert.Equal(examples[^LogMel.ExampleLength..], chosen[examples.Length..]);
    }

    [Fact]
    public void FramesOfOneSecondShareItsExample()
    {
        float[] noise = Noise(5 * 16000);
        float[] chosen = LogMel.ForVideoFrames(noise, 10, 2);
        Assert.Equal(chosen[..LogMel.ExampleLength], chosen[LogMel.ExampleLength..(2 * LogMel.ExampleLength)]);
    }

    [Fact]
    public void SoundTooShortForAnExampleIsContinuedWithSilence()
    {
        Assert.Equal(2 * LogMel.ExampleLength, LogMel.ForVideoFrames(Noise(100), 2, 1).Length);
        Assert.Equal(LogMel.ExampleLength, LogMel.ForVideoFrames(Array.Empty<float>(), 1, 1).Length);
    }

    private static float[] Noise(int samples)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, samples).Select(_ => random.NextSingle() - 0.5f)];
    }
}
