using System.CommandLine;
using Spectre.Console;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Lab.Ablation;
using SspNative.Lab.Ablation.Claims;
using SspNative.Model.Config;
using SspNative.Model.Evaluation;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli.Evaluating;

/// <summary><c>ssp ablate</c>: the paper's studies, each variant trained with several seeds.</summary>
internal static class AblateCommand
{
    private static readonly AblationOptions _studies = new();

    private static readonly ClaimsOptions _claims = new();

    private static readonly Stage1Option _stage1 = new();

    private static readonly Option<string> _out = new("--out")
    {
        Description = "The folder of the trainings, of results.json, results.md and the plots. A command that was interrupted goes on when it is repeated.",
        HelpName = "DIR",
    };

    private static readonly Option<string[]> _weights = new("--weights")
    {
        Description = "First weights that all variants share: files or a folder of them, as for ssp segment, or initial[:SEED]. "
            + "Trained parameters that files lack are initialised.",
        HelpName = "FILE",
        DefaultValueFactory = _ => ["initial"],
    };

    private static readonly Option<string> _options = new("--options")
    {
        Description = "A JSON file with the training options that all variants share; default: the first phase that the paper has.",
        HelpName = "FILE.json",
    };

    private static readonly Option<string> _vocab = VocabularyOption.Create();

    public static Command Create()
    {
        Option<string> config = ConfigOption.Create(), task = ConfigOption.CreateTask(), device = DeviceOption.Create();
        var json = new Option<bool>("--json") { Description = "Print results.json instead of tables." };
        var command = new Verb(
            "ablate",
            "Trains the variants of the paper's studies with several seeds and compares them: tables and plots of means and spreads.",
            "ssp ablate --data avsbench --subset v1s --weights published/ --out ablation",
            "ssp ablate --task avss --data avsbench --subset v2 --weights published/ --stage1 binary.safetensors --out ablation-avss",
            "ssp ablate --study claims --claims C1 C2 --size screening --config models/synth.json "
            + "--options benchmarks/results/ablation/claims.json --weights models/synth-avs.safetensors --out claims",
            "ssp ablate --data synth --study table2 lambda --seeds 3 --clips 1000 --config models/synth.json "
            + "--options benchmarks/results/ablation/short.json --out ablation")
        {
            _out, _weights, _options, _vocab, _stage1.Model, config, task, device, json,
        };
        _studies.AddTo(command);
        _claims.AddTo(command);
        command.SetAction(parsed =>
        {
            IAnsiConsole Lines() => Output.Lines(parsed.InvocationConfiguration.Output);
            void WriteJson(string text) => parsed.InvocationConfiguration.Output.WriteLine(text);
            StudyStart Start() => Open(parsed, config, task, device);
            bool isJson = parsed.GetValue(json);
            if (_claims.IsWanted(parsed, _studies.Names(parsed)))
            {
                parsed.RefuseUseless(json, _claims.AsksForCost(parsed), "--cost tells what a study would cost, and trains nothing that could be reported");
                ClaimsReport? report = _claims.Judged(parsed, [.. _studies.OfClips, _stage1.Model, _out, _weights, _options, _vocab, config, task, device])
                    ?? RunClaims(parsed, Start);
                if (report is not null && isJson)
                    WriteJson(report.ToJson());
                else if (report is not null)
                    ClaimTables.Write(Lines(), report);
            }
            else
            {
                _studies.RequireSense(parsed);
                using StudyStart start = Start();
                AblationReport? report = new AblationRun(_studies).Run(parsed, start);
                if (report is not null && isJson)
                    WriteJson(report.ToJson());
                else if (report is not null)
                    AblationTables.Write(Lines(), report);
            }
            return ExitCodes.Success;
        });
        return command;
    }

    private static ClaimsReport? RunClaims(ParseResult parsed, Func<StudyStart> open)
    {
        foreach (Option option in _studies.OfClips)
            parsed.RefuseUseless(option, true, $"--study {ClaimsOptions.Study} makes its clips and has the seeds of its --size");
        using StudyStart start = open();
        return new ClaimsRun(_claims).Run(parsed, start);
    }

    private static StudyStart Open(ParseResult parsed, Option<string> config, Option<string> task, Option<string> device)
    {
        string folder = parsed.GetValue(_out) ?? throw new InputException("ssp ablate needs a folder for its trainings: give it with --out");
        AblationSetting shared = Shared(parsed, config, task);
        IDevice opened = DeviceOption.Open(parsed.GetRequiredValue(device));
        var weights = new WeightFiles(parsed.GetRequiredValue(_weights));
        try
        {
            string? vocabulary = VocabularyOption.Of(weights, parsed.GetValue(_vocab));
            var tokenizer = PromptTokenizer.Open(vocabulary, shared.Config.Text.VocabSize);
            return new StudyStart(folder, shared, weights, tokenizer, vocabulary, Stage1(parsed, shared, vocabulary, opened), opened);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    private static AblationSetting Shared(ParseResult parsed, Option<string> config, Option<string> task)
    {
        SspConfig sizes = ConfigOption.Read(parsed.GetRequiredValue(config), parsed.GetValue(task), parsed.InvocationConfiguration.Error);
        TrainingRecipe? recipe = parsed.GetValue(_options) is { } file ? TrainingRecipe.Read(file) : null;
        if (recipe is { Phases.Count: > 1 })
            throw new InputException(
                $"--options has {recipe.Phases.Count} phases; variants differ in one, so train the earlier ones first and give their weights");
        TrainingOptions options = recipe?.Phases[0].Options ?? TrainingRecipe.Published(sizes.Task).Phases[0].Options;
        return new AblationSetting(sizes, options, _studies.Prompts(parsed));
    }

    // The semantic stage is tested on what one binary stage found, the same for all rows.
    private static Stage1Model? Stage1(ParseResult parsed, AblationSetting shared, string? vocabulary, IDevice device)
    {
        bool isSemantic = shared.Config.Task == SegmentationTask.Avss;
        parsed.RefuseUseless(_stage1.Model, !isSemantic, "only task avss builds on another stage");
        return isSemantic ? Stage1Option.Open(parsed.GetValue(_stage1.Model), device, vocabulary) : null;
    }
}
