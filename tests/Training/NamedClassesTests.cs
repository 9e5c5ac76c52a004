using SspNative.Model.Media;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using Xunit;

namespace SspNative.Tests.Training;

/// <summary>Which classes prompts name.</summary>
public sealed class NamedClassesTests
{
    [Theory]
    [InlineData("a man plays a guitar", "man, guitar", "man guitar")]
    [InlineData("An Emergency car wails.", "emergency-car", "emergency-car")]
    [InlineData("a car, and an emergency car", "nothing", "car emergency-car")]
    [InlineData("a manly pigeon", "carpet", "")]
    [InlineData("the dog", "cat", "cat dog")]
    [InlineData("a hair", "dryer", "")]
    [InlineData("", "", "")]
    public void NamesAreWholeWords(string a1, string a2, string expected)
    {
        float[] named = NamedClasses.Of(new Prompts(a1, a2));
        Assert.Equal(Palette.ClassNames.Count, named.Length);
        Assert.Equal(
            expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal),
            Palette.ClassNames.Where((_, label) => named[label] == 1).Order(StringComparer.Ordinal));
    }
}
