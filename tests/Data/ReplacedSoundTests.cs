using SspNative.Engine;
using SspNative.Model.Data;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Data;

public sealed class ReplacedSoundTests
{
    [Fact]
    public void SilenceIsTheSameInEverySecond()
    {
        TrainingClip clip = new ReplacedSoundDataset(new MadeClips(2), ReplacedSound.Silence).Load(1);
        Assert.All(clip.Examples, v => Assert.Equal(Math.Log(0.01), v, 1e-4));
        Assert.Equal(new MadeClips(2).Load(1).Examples.Length, clip.Examples.Length);
    }

    [Fact]
    public void NoiseIsTheClipsOwnAndLoud()
    {
        float[] Of(int index) => new ReplacedSoundDataset(new MadeClips(2), ReplacedSound.Noise).Load(index).Examples;
        Assert.Equal(Of(0), Of(0));
        Assert.NotEqual(Of(0), Of(1));
        Assert.InRange(Of(0).Average(), -3, 2);
    }

    // Clip i has the class 1 + i mod 7: of 8 clips the last one sounds as the first.
    [Fact]
    public void ASwappedSoundIsThatOfAClipThatSoundsOtherwise()
    {
        var data = new MadeClips(8);
        var swapped = new ReplacedSoundDataset(data, ReplacedSound.Swap);
        Assert.Equal(data.Load(1).Examples, swapped.Load(0).Examples);
        Assert.Equal(data.Load(1).Examples, swapped.Load(7).Examples);
        Assert.Equal(data.Load(3).Frames[0].Rgb, swapped.Load(3).Frames[0].Rgb);
        Assert.Contains(
            "no other clip sounds otherwise",
            Assert.Throws<InputException>(() => new ReplacedSoundDataset(new MadeClips(1), ReplacedSound.Swap).Load(0)).Message);
    }
}
