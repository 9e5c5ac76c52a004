using SspNative.Model.Config;
using SspNative.Model.Losses;
using Xunit;

namespace SspNative.Tests.Config;

/// <summary>What a configuration refuses, and what it says.</summary>
public sealed class ConfigTests
{
    [Theory]
    [InlineData("""{"swin": null}""", "swin is null; it must be an object")]
    [InlineData("""{"swin": {"depths": null}}""", "swin.depths is null; it must be a list")]
    [InlineData("""{"swin": {"depths": [2, 2]}}""", "swin.depths is a list of 2; it must be one of 4 numbers")]
    [InlineData("""{"swin": {"num_heads": [4, 8, 16, 33]}}""", "swin.num_heads[3] is 33; it must divide the 1024 channels of its stage")]
    [InlineData("""{"swin": {"window_size": 0}}""", "swin.window_size is 0; it must be from 1 to 64")]
    [InlineData("""{"swin": {"embed_dim": 12.5}}""", "swin.embed_dim is 12.5; it must be a whole number of 32 bits")]
    [InlineData("""{"mask2former": {"feature_size": 128}}""", "mask2former.hidden_dim is 256; it must be equal to mask2former.feature_size, 128")]
    [InlineData(
        """{"mask2former": {"num_attention_heads": 7}}""", "mask2former.feature_size is 256; it must be a multiple of mask2former.num_attention_heads, 7")]
    [InlineData("""{"mask2former": {"encoder_layers": 100000}}""", "mask2former.encoder_layers is 100000; it must be from 1 to 50")]
    [InlineData("""{"clip": {"num_hidden_layers": 2000000000}}""", "clip.num_hidden_layers is 2000000000; it must be from 1 to 200")]
    [InlineData("""{"clip": {"patch_size": 0}}""", "clip.patch_size is 0; it must be from 2 to 224")]
    [InlineData("""{"clip": {"hidden_act": "swish"}}""", "clip.hidden_act is \"swish\"; it must be relu, gelu, quick_gelu")]
    [InlineData("""{"text": {"encoder_hidden_size": 512}}""", "text.encoder_hidden_size is 512; it must be equal to text.hidden_size, 768")]
    [InlineData("""{"text": {"max_position_embeddings": 0}}""", "text.max_position_embeddings is 0; it must be from 3 to 65,536")]
    [InlineData(
        """{"vta": {"embed_visual": true}, "text": {"max_position_embeddings": 196}}""",
        "vta.embed_visual gives 197 visual tokens a position each; text.max_position_embeddings is 196")]
    [InlineData("""{"vggish": {"channels": [64, 128, 256, 0]}}""", "vggish.channels[3] is 0; it must be from 1 to 65,536")]
    [InlineData("""{"flow": {"train_size": [1]}}""", "flow.train_size is a list of 1; it must be one of 2 numbers")]
    [InlineData("""{"flow": {"num_cross_attention_heads": 4}}""", "flow.num_cross_attention_heads is 4; it must divide the 322 channels of a pixel")]
    [InlineData("""{"image_size": -1}""", "image_size is -1; it must be from 32 to 2,048")]
    [InlineData("""{"image_size": 99999999999}""", "image_size is 99999999999; it must be a whole number of 32 bits")]
    [InlineData("""{"swin": {"mlp_ratio": 1e400}}""", "swin.mlp_ratio is Infinity; it must be from 0.25 to 64")]
    [InlineData("""{"task": "avvs"}""", "task is \"avvs\"; it must be avs, avss")]
    [InlineData("""{"task": 1}""", "task is 1; it must be avs, avss")]
    [InlineData("""{"text_fusion": "vta, att"}""", "text_fusion is \"vta, att\"; it must be vta, att, none")]
    [InlineData("""{"imgsize": 64}""", "imgsize is not a member; did you mean image_size?")]
    [InlineData(
        """{"num_queries": 64}""",
        "num_queries is not a member; there are task, swin, mask2former, clip, text, vggish, flow, text_fusion, vta, num_labels, … and 2 more")]
    [InlineData("""{"image_size": 64, "image_size": 96}""", "image_size is given twice")]
    [InlineData("""{"swin": {"depths": [1,1,1,1], "depths": [2,2,2,2]}}""", "swin.depths is given twice")]
    [InlineData("""{"\ud800": 1}""", "the whole has a member whose name is no text")]
    [InlineData("[]", "the whole is a list; it must be an object")]
    [InlineData("null", "the whole is null; it must be an object")]
    [InlineData("{\n  \"task\": ", "no JSON: wrong at line 2, byte 11")]
    public void WhatDoesNotFitIsNamedWithItsValueAndWhatIsAllowed(string json, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => ConfigJson.Parse<SspConfig>(json)).Message);

    [Fact]
    public void WordsAreReadInLettersOfEitherCase()
    {
        SspConfig config = ConfigJson.Parse<SspConfig>("""{"task": "AVSS", "text_fusion": "Att"}""");
        Assert.Equal((SegmentationTask.Avss, TextFusion.Attention), (config.Task, config.TextFusion));
    }

    [Fact]
    public void OnlyPublishedSectionsMayHaveOtherMembers()
    {
        using var json = ConfigJson.ParseDocument(
            """{"swin": {"model_type": "swin", "drop_path_rate": 0.3}, "clip": {"projection_dim": 512}, "image_size": 96}""");
        SspConfig config = ConfigJson.Read<SspConfig>(json.RootElement, "member", out IReadOnlyList<string> unused);
        Assert.Equal(96, config.ImageSize);
        Assert.Equal(["swin.model_type", "swin.drop_path_rate", "clip.projection_dim"], unused);
    }

    [Fact]
    public void AMessageShowsLittleOfWhatAFileSays()
    {
        string message = Assert.Throws<InvalidDataException>(
            () => ConfigJson.Parse<SspConfig>($$"""{"\u001b[31m{{new string('x', 100_000)}}": 1}""")).Message;
        Assert.InRange(message.Length, 1, 300);
        Assert.DoesNotContain(message, char.IsControl);
    }

    [Fact]
    public void APartOfAWiderFileIsReadWithoutTheRest() =>
        Assert.Equal(112, ConfigJson.ReadPart<CriterionConfig>(ConfigJson.ParseDocument("""{"num_labels": 4, "num_points": 112}""").RootElement).NumPoints);

    [Theory]
    [InlineData("learning_rte", "learning_rate")]
    [InlineData("lerning_rate", "learning_rate")]
    [InlineData("Epochs", "epochs")]
    [InlineData("epcohs", "epochs")]
    [InlineData("rate", null)]
    [InlineData("", null)]
    public void TheNearestNameIsWhatAFewEditsMake(string name, string? nearest) =>
        Assert.Equal(nearest, NearestName.Of(name, ["learning_rate", "epochs", "gamma", "tau"]));
}
