using FsCheck.Xunit;
using SspNative.Model.Prompting;
using Xunit;

namespace SspNative.Tests.Prompting;

public sealed class NounListTests
{
    [Theory]
    [InlineData("piano, microphone, man.", "piano, microphone, man")]
    [InlineData("Piano", "piano")]
    [InlineData("1. A piano\n2. The microphone\n3. A man", "piano, microphone, man")]
    [InlineData("- **Guitar**\r\n- *Singer*", "guitar, singer")]
    [InlineData("(1) dog; (2) car", "dog, car")]
    [InlineData("The NOUN words that potentially produce sound are: \"piano\", \"man\".", "piano, man")]
    [InlineData("The nouns are piano and man.", "piano, man")]
    [InlineData("a dog and an emergency-car", "dog, emergency-car")]
    [InlineData("piano, Piano, the piano", "piano")]
    [InlineData("guitar (acoustic), hair dryer", "guitar, hair dryer")]
    [InlineData("man / woman • baby", "man, woman, baby")]
    [InlineData("Café, 二胡", "café, 二胡")]
    [InlineData("Based on the video and A1, the NOUN words that potentially produce sound are:\n\n- Piano\n- Man", "piano, man")]
    [InlineData("According to the video, the nouns that are likely to produce sound are piano, microphone, and man.", "piano, microphone, man")]
    [InlineData("Sure! Here are the nouns: piano and man", "piano, man")]
    [InlineData("A2: piano, man", "piano, man")]
    [InlineData("They are piano and man.", "piano, man")]
    [InlineData("1. **Piano**: It is played, loudly.\n2. **Man**: He may sing.", "piano, man")]
    [InlineData("Piano - an instrument\nMan - the player", "piano, man")]
    [InlineData("The nouns are:\n* Piano: an instrument\n* Man", "piano, man")]
    [InlineData("Piano, man. The piano is played by the man.", "piano, man")]
    [InlineData("A dog is barking", "dog")]
    [InlineData("...", "")]
    [InlineData("", "")]
    public void AnAnswerInAnyFormIsItsNouns(string answer, string nouns) => Assert.Equal(nouns, string.Join(", ", NounList.Parse(answer)));

    [Property]
    public bool AnyAnswerHasNounsWithoutCommas(ushort[] characters) =>
        NounList.Parse(string.Concat(characters.Select(c => (char)c))).All(n => n.Length > 0 && !n.Contains(',') && n == n.Trim());
}
